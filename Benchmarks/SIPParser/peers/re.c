// libre. Its headers want these before them, and to be told that socklen_t is there.
#include <stdint.h>
#include <sys/socket.h>
#define HAVE_INET6 1
#include <re/re.h>

#include "driver.h"

const char *const parser_name = "libre";

static struct mbuf *input;

void parser_start(void) {
    libre_init();
    input = mbuf_alloc(8);
}

static struct slice from_pl(const struct pl *text) { return slice_from(text->p, text->l); }

static void read_uri(const struct uri *uri, struct slice *user, struct slice *host, long *port) {
    *user = from_pl(&uri->user);
    *host = from_pl(&uri->host);
    *port = uri->port;
}

static void read_via(const struct sip_via *via, struct fields *fields) {
    struct pl value;
    const char *colon = memchr(via->sentby.p, ':', via->sentby.l);
    // The library keeps the transport as a number.
    const char *transport = sip_transp_name(via->tp);
    fields->via_transport = slice_of(transport);
    fields->via_host =
        slice_from(via->sentby.p, colon ? (size_t)(colon - via->sentby.p) : via->sentby.l);
    fields->via_port = sa_port(&via->addr);
    fields->via_branch = from_pl(&via->branch);
    if (!msg_param_decode(&via->params, "received", &value)) fields->via_received = from_pl(&value);
    if (!msg_param_decode(&via->params, "rport", &value))
        fields->via_response_port = pl_u32(&value);
    else if (!msg_param_exists(&via->params, "rport", &value))
        fields->via_response_port = -1;
}

static void read_contact(const struct sip_msg *message, struct fields *fields) {
    const struct sip_hdr *header = sip_msg_hdr(message, SIP_HDR_CONTACT);
    struct sip_addr address;
    struct pl value;
    if (!header || sip_addr_decode(&address, &header->val)) return;
    read_uri(&address.uri, &fields->contact_user, &fields->contact_host, &fields->contact_port);
    if (!msg_param_decode(&address.params, "expires", &value))
        fields->contact_expires = pl_u32(&value);
}

static void read_credentials(const struct sip_msg *message, struct fields *fields) {
    const struct sip_hdr *header = sip_msg_hdr(message, SIP_HDR_AUTHORIZATION);
    struct httpauth_digest_resp digest;
    if (!header || httpauth_digest_response_decode(&digest, &header->val)) return;
    fields->digest_username = from_pl(&digest.username);
    fields->digest_realm = from_pl(&digest.realm);
    fields->digest_nonce = from_pl(&digest.nonce);
    fields->digest_uri = from_pl(&digest.uri);
    fields->digest_response = from_pl(&digest.response);
    fields->digest_qop = from_pl(&digest.qop);
    fields->digest_nonce_count = from_pl(&digest.nc);
    fields->digest_client_nonce = from_pl(&digest.cnonce);
}

static void read_fields(const struct sip_msg *message, struct fields *fields) {
    fields->method = from_pl(&message->met);
    fields->status = message->scode;
    read_uri(&message->uri, &fields->request_user, &fields->request_host, &fields->request_port);
    read_via(&message->via, fields);
    read_uri(&message->from.uri, &fields->from_user, &fields->from_host, &fields->from_port);
    fields->from_tag = from_pl(&message->from.tag);
    read_uri(&message->to.uri, &fields->to_user, &fields->to_host, &fields->to_port);
    fields->to_tag = from_pl(&message->to.tag);
    fields->call_id = from_pl(&message->callid);
    fields->sequence = message->cseq.num;
    fields->sequence_method = from_pl(&message->cseq.met);
    read_contact(message, fields);
    fields->max_forwards = pl_isset(&message->maxfwd) ? pl_u32(&message->maxfwd) : 0;
    fields->content_length = pl_u32(&message->clen);
    fields->expires = pl_isset(&message->expires) ? pl_u32(&message->expires) : 0;
    read_credentials(message, fields);
    fields->body = slice_from((const char *)mbuf_buf(input), mbuf_get_left(input));
}

bool parser_run(const char *bytes, size_t length, bool wants_fields, struct fields *fields,
                void (*seen)(const struct fields *)) {
    struct sip_msg *message = NULL;
    input->buf = (uint8_t *)bytes;
    input->size = input->end = length;
    input->pos = 0;
    bool taken = sip_msg_decode(&message, input) == 0 && message;
    if (taken && wants_fields) {
        read_fields(message, fields);
        seen(fields);
    }
    mem_deref(message);
    input->buf = NULL;
    return taken;
}
