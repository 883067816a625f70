/// What prompts say, for a voice that reads where nobody has recorded them.
extension SpokenLanguage {
    /// The words of a prompt by its name; nil for one that has none.
    public func words(of name: String) -> String? {
        if let number = name.split(separator: "/").last.flatMap({ Int($0) }),
            name.hasPrefix("digits/"), (0...99).contains(number)
        {
            return String(number)
        }
        return switch self {
        case .english: Self.englishWords[name]
        case .russian: Self.russianWords[name]
        }
    }

    private static let englishWords: [String: String] = [
        "conf-getconfno": "Please enter the conference number, followed by the pound key.",
        "conf-invalid": "That is not a valid conference number.",
        "conf-enteringno": "You are entering conference number",
        "if-correct-press": "If this is correct, press",
        "digits/star": "star",
        "vm-tocancel": "or pound to cancel.",
        "vm-rec-name": "After the tone say your name, and then press the pound key.",
        "conf-full": "This conference is full.",
        "conf-hasjoin": "is now in the conference.",
        "conf-hasleft": "has left the conference.",
        "vm-intro": "Please leave your message after the tone. When done, hang up, or press pound.",
        "vm-goodbye": "Goodbye.",
        "at-tone-time-exactly": "At the tone the time will be exactly",
        "digits/oclock": "o'clock", "digits/oh": "oh", "digits/a-m": "a m", "digits/p-m": "p m",
        "vm-and": "and", "seconds": "seconds", "digits/hundred": "hundred",
        "digits/thousand": "thousand",
        "conf-now-recording": "The conference is now being recorded.",
    ]

    private static let russianWords: [String: String] = [
        "conf-getconfno": "Введите номер конференции и нажмите решётку.",
        "conf-invalid": "Такого номера конференции нет.",
        "conf-enteringno": "Вы входите в конференцию номер",
        "if-correct-press": "Если это верно, нажмите",
        "digits/star": "звёздочку",
        "vm-tocancel": "или решётку для отмены.",
        "vm-rec-name": "После сигнала назовите своё имя и нажмите решётку.",
        "conf-full": "В конференции больше нет мест.",
        "conf-hasjoin": "входит в конференцию.",
        "conf-hasleft": "выходит из конференции.",
        "vm-intro": "Говорите после сигнала. Закончив, повесьте трубку или нажмите решётку.",
        "vm-goodbye": "До свидания.",
        "at-tone-time-exactly": "Точное время",
        "digits/oclock": "ровно", "digits/oh": "ноль", "digits/a-m": "утра", "digits/p-m": "вечера",
        "vm-and": "и", "seconds": "секунд", "digits/hundred": "сто", "digits/thousand": "тысяча",
        "conf-now-recording": "Конференция записывается.",
    ]
}
