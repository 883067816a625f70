import Testing

@testable import PBX

/// Words for prompts that nobody recorded.
struct PromptWordsTests {
    @Test(arguments: SpokenLanguage.allCases)
    func `every prompt that is used has words in every language`(language: SpokenLanguage) {
        let used: [Prompt] = [
            .askConference, .noSuchConference, .enteringConference, .ifCorrectPress, .star,
            .orPoundToCancel, .sayYourName, .conferenceIsFull, .hasJoined, .hasLeft,
            .speakAfterTheTone, .goodbye, .atTheTone, .oClock, .oh, .beforeNoon, .afterNoon, .and,
            .seconds, .hundred, .thousand, .isRecorded, .digits(0), .digits(90),
        ]
        for prompt in used {
            #expect(language.words(of: prompt.name)?.isEmpty == false, "\(prompt.name)")
        }
        #expect(language.words(of: "digits/4711") == nil)
        #expect(language.words(of: "../passwd") == nil)
    }
}
