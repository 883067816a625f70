// sofia-sip.
#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_wait.h>
#include <strings.h>

#include "driver.h"

const char *const parser_name = "sofia-sip";

void parser_start(void) { su_init(); }

static void read_uri(const url_t *uri, struct slice *user, struct slice *host, long *port) {
    *user = slice_of(uri->url_user);
    *host = slice_of(uri->url_host);
    *port = number_of(uri->url_port);
}

static void read_credentials(const sip_authorization_t *credentials, struct fields *fields) {
    static const struct {
        const char *name;
        size_t offset;
    } wanted[] = {
        {"username", offsetof(struct fields, digest_username)},
        {"realm", offsetof(struct fields, digest_realm)},
        {"nonce", offsetof(struct fields, digest_nonce)},
        {"uri", offsetof(struct fields, digest_uri)},
        {"response", offsetof(struct fields, digest_response)},
        {"qop", offsetof(struct fields, digest_qop)},
        {"nc", offsetof(struct fields, digest_nonce_count)},
        {"cnonce", offsetof(struct fields, digest_client_nonce)},
    };
    for (const msg_param_t *item = credentials->au_params; item && *item; item++) {
        const char *equals = strchr(*item, '=');
        if (!equals) continue;
        size_t length = (size_t)(equals - *item);
        for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
            const char *name = wanted[index].name;
            if (strlen(name) != length || strncasecmp(*item, name, length)) continue;
            *(struct slice *)((char *)fields + wanted[index].offset) =
                unquoted(slice_of(equals + 1));
            break;
        }
    }
}

static void read_via(const sip_via_t *via, struct fields *fields) {
    const char *transport = via->v_protocol ? strrchr(via->v_protocol, '/') : NULL;
    fields->via_transport = slice_of(transport ? transport + 1 : NULL);
    fields->via_host = slice_of(via->v_host);
    fields->via_port = number_of(via->v_port);
    fields->via_branch = slice_of(via->v_branch);
    fields->via_received = slice_of(via->v_received);
    if (via->v_rport) fields->via_response_port = *via->v_rport ? number_of(via->v_rport) : -1;
}

static void read_fields(const sip_t *sip, struct fields *fields) {
    if (sip->sip_request) {
        fields->method = slice_of(sip->sip_request->rq_method_name);
        read_uri(sip->sip_request->rq_url, &fields->request_user, &fields->request_host,
                 &fields->request_port);
    }
    if (sip->sip_status) fields->status = sip->sip_status->st_status;
    if (sip->sip_via) read_via(sip->sip_via, fields);
    if (sip->sip_from) {
        read_uri(sip->sip_from->a_url, &fields->from_user, &fields->from_host, &fields->from_port);
        fields->from_tag = slice_of(sip->sip_from->a_tag);
    }
    if (sip->sip_to) {
        read_uri(sip->sip_to->a_url, &fields->to_user, &fields->to_host, &fields->to_port);
        fields->to_tag = slice_of(sip->sip_to->a_tag);
    }
    if (sip->sip_call_id) fields->call_id = slice_of(sip->sip_call_id->i_id);
    if (sip->sip_cseq) {
        fields->sequence = sip->sip_cseq->cs_seq;
        fields->sequence_method = slice_of(sip->sip_cseq->cs_method_name);
    }
    if (sip->sip_contact) {
        read_uri(sip->sip_contact->m_url, &fields->contact_user, &fields->contact_host,
                 &fields->contact_port);
        fields->contact_expires = number_of(sip->sip_contact->m_expires);
    }
    if (sip->sip_max_forwards) fields->max_forwards = (long)sip->sip_max_forwards->mf_count;
    if (sip->sip_expires) fields->expires = (long)sip->sip_expires->ex_delta;
    if (sip->sip_content_length) fields->content_length = (long)sip->sip_content_length->l_length;
    if (sip->sip_authorization) read_credentials(sip->sip_authorization, fields);
    if (sip->sip_payload)
        fields->body = slice_from(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
}

bool parser_run(const char *bytes, size_t length, bool wants_fields, struct fields *fields,
                void (*seen)(const struct fields *)) {
    msg_t *message = msg_create(sip_default_mclass(), 0);
    msg_iovec_t parts[4];
    bool taken = false;
    if (msg_recv_iovec(message, parts, 4, length, 1) >= 0) {
        memcpy(parts[0].mv_base, bytes, length);
        msg_recv_commit(message, length, 1);
        int extracted = msg_extract(message);
        sip_t *sip = sip_object(message);
        taken = extracted > 0 && sip && !(sip->sip_flags & MSG_FLG_ERROR) && !sip->sip_error;
        if (taken && wants_fields) {
            read_fields(sip, fields);
            seen(fields);
        }
    }
    msg_destroy(message);
    return taken;
}
