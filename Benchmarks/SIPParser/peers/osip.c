// libosip2.
#include "driver.h"
#include <osipparser2/osip_headers.h>
#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>

const char *const parser_name = "libosip2";

void parser_start(void) { parser_init(); }

static void read_uri(osip_uri_t *uri, struct slice *user, struct slice *host, long *port) {
    if (!uri) return;
    *user = slice_of(uri->username);
    *host = slice_of(uri->host);
    *port = number_of(uri->port);
}

static void read_via(osip_message_t *message, struct fields *fields) {
    osip_via_t *via = NULL;
    if (osip_message_get_via(message, 0, &via) < 0 || !via) return;
    osip_generic_param_t *parameter = NULL;
    fields->via_transport = slice_of(via->protocol);
    fields->via_host = slice_of(via->host);
    fields->via_port = number_of(via->port);
    if (!osip_via_param_get_byname(via, "branch", &parameter) && parameter)
        fields->via_branch = slice_of(parameter->gvalue);
    parameter = NULL;
    if (!osip_via_param_get_byname(via, "received", &parameter) && parameter)
        fields->via_received = slice_of(parameter->gvalue);
    parameter = NULL;
    if (!osip_via_param_get_byname(via, "rport", &parameter) && parameter)
        fields->via_response_port = parameter->gvalue ? number_of(parameter->gvalue) : -1;
}

static void read_contact(osip_message_t *message, struct fields *fields) {
    osip_contact_t *contact = NULL;
    if (osip_message_get_contact(message, 0, &contact) < 0 || !contact) return;
    osip_generic_param_t *parameter = NULL;
    read_uri(contact->url, &fields->contact_user, &fields->contact_host, &fields->contact_port);
    if (!osip_contact_param_get_byname(contact, "expires", &parameter) && parameter)
        fields->contact_expires = number_of(parameter->gvalue);
}

static void read_credentials(osip_message_t *message, struct fields *fields) {
    osip_authorization_t *credentials = NULL;
    if (osip_message_get_authorization(message, 0, &credentials) < 0 || !credentials) return;
    fields->digest_username = unquoted(slice_of(credentials->username));
    fields->digest_realm = unquoted(slice_of(credentials->realm));
    fields->digest_nonce = unquoted(slice_of(credentials->nonce));
    fields->digest_uri = unquoted(slice_of(credentials->uri));
    fields->digest_response = unquoted(slice_of(credentials->response));
    fields->digest_qop = unquoted(slice_of(credentials->message_qop));
    fields->digest_nonce_count = slice_of(credentials->nonce_count);
    fields->digest_client_nonce = unquoted(slice_of(credentials->cnonce));
}

static void read_fields(osip_message_t *message, struct fields *fields) {
    osip_generic_param_t *tag = NULL;
    osip_header_t *header = NULL;
    osip_body_t *body = NULL;
    fields->method = slice_of(message->sip_method);
    fields->status = message->status_code;
    read_uri(message->req_uri, &fields->request_user, &fields->request_host,
             &fields->request_port);
    read_via(message, fields);
    if (message->from) {
        read_uri(message->from->url, &fields->from_user, &fields->from_host, &fields->from_port);
        if (!osip_from_get_tag(message->from, &tag) && tag) fields->from_tag = slice_of(tag->gvalue);
    }
    tag = NULL;
    if (message->to) {
        read_uri(message->to->url, &fields->to_user, &fields->to_host, &fields->to_port);
        if (!osip_to_get_tag(message->to, &tag) && tag) fields->to_tag = slice_of(tag->gvalue);
    }
    // The library cuts the Call-ID at the @ and keeps the parts apart; this is the first.
    if (message->call_id) fields->call_id = slice_of(message->call_id->number);
    if (message->cseq) {
        fields->sequence = number_of(message->cseq->number);
        fields->sequence_method = slice_of(message->cseq->method);
    }
    read_contact(message, fields);
    if (osip_message_get_max_forwards(message, 0, &header) >= 0 && header)
        fields->max_forwards = number_of(header->hvalue);
    header = NULL;
    if (osip_message_get_expires(message, 0, &header) >= 0 && header)
        fields->expires = number_of(header->hvalue);
    if (message->content_length) fields->content_length = number_of(message->content_length->value);
    read_credentials(message, fields);
    if (osip_message_get_body(message, 0, &body) >= 0 && body)
        fields->body = slice_from(body->body, body->length);
}

bool parser_run(const char *bytes, size_t length, bool wants_fields, struct fields *fields,
                void (*seen)(const struct fields *)) {
    osip_message_t *message = NULL;
    if (osip_message_init(&message)) return false;
    bool taken = osip_message_parse(message, bytes, length) == 0;
    if (taken && wants_fields) {
        read_fields(message, fields);
        seen(fields);
    }
    osip_message_free(message);
    return taken;
}
