/*
 * Written as instructions: to build needs no compiler for BPF, and to load no
 * relocation but three offsets.  In C it would be:
 *
 *	if (skb->len == 0)
 *		return SK_DROP;                             the end
 *	lane = lanes[slots[cookie(skb)]], or SK_PASS
 *	if (lane->left != lane->returned)
 *		goto leave;                                 keeps the order
 *	sink = pairs[lane ^ 1], or goto leave
 *	if (!lane->is_started)
 *		lane->start = sink->write_seq - lane->carried
 *	waiting = lane->start + lane->carried - sink->write_seq
 *	waiting += skb->len
 *	if (waiting > SOCKMAP_WAITING_MAX ||
 *	    2 * waiting + sink->sk_wmem_queued >= sink->sk_sndbuf)
 *		goto leave;
 *	lane->carried += skb->len;
 *	return bpf_sk_redirect_map(skb, pairs, lane ^ 1);
 *   leave:
 *	lane->is_started = 0;
 *	before = fetch_add(lane->left, skb->len);
 *	if (before == lane->returned)
 *		bpf_ringbuf_output(news, lane);
 *	return SK_PASS;
 *
 * The end is dropped because the socket knows it without: passed on while
 * bytes wait for the same socket, an empty piece is taken for an error that
 * breaks it (sk_psock_backlog).
 *
 * What waits for a socket and what is left at it lie in one queue.  So only
 * what the sink has room for is carried, whatever its peer does: a client
 * that reads nothing before it has written all must be able to write.
 */
#include "net/sockmap_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

/*
 * Bytes that wait for the kernel's worker to put them into the sink are in
 * nobody's account: no more than a usual read of a relay.
 */
enum { SOCKMAP_WAITING_MAX = 256 * 1024 };

/* Where the program keeps what outlives a call. */
enum {
	AT_COOKIE = -8,
	AT_SLOT = -16,
	AT_SINK_SLOT = -24,
	AT_SEQ = -32,
	AT_QUEUED = -40,
	AT_SNDBUF = -48
};

enum {
	LABEL_LEAVE = 1,
	LABEL_UNREF,
	LABEL_STARTED,
	LABEL_PASS,
	LABEL_DROP,
	LABEL_COUNT
};

enum { PROGRAM_MAX = 160 };

struct sockmap_text {
	struct bpf_insn insns[PROGRAM_MAX];
	int n;
	int labels[LABEL_COUNT];
};

#define LANE(member) ((int16_t)offsetof(struct sockmap_lane, member))

static void
text_add(struct sockmap_text *t, int code, int dst, int src, int off, int imm)
{
	CHECK(t->n < PROGRAM_MAX);
	t->insns[t->n++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = (uint8_t)(src & 15),
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void
text_move(struct sockmap_text *t, int dst, int src)
{
	text_add(t, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void
text_set(struct sockmap_text *t, int dst, int value)
{
	text_add(t, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}

static void
text_load(struct sockmap_text *t, int size, int dst, int src, int off)
{
	text_add(t, BPF_LDX | size | BPF_MEM, dst, src, off, 0);
}

static void
text_store(struct sockmap_text *t, int size, int dst, int off, int src)
{
	text_add(t, BPF_STX | size | BPF_MEM, dst, src, off, 0);
}

/* 32 bits: as the kernel counts sequences. */
static void
text_alu(struct sockmap_text *t, int op, int dst, int src)
{
	text_add(t, BPF_ALU | op | BPF_X, dst, src, 0, 0);
}

static void
text_call(struct sockmap_text *t, int helper)
{
	text_add(t, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void
text_map(struct sockmap_text *t, int dst, int fd)
{
	text_add(t, BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd);
	text_add(t, 0, 0, 0, 0, 0);
}

/* Jumps go forward only; the label is kept in `off` until it is known. */
static void
text_jump_if(struct sockmap_text *t, int op, int dst, int value, int label)
{
	text_add(t, BPF_JMP | op | BPF_K, dst, 0, -label, value);
}

static void
text_jump_if_reg(struct sockmap_text *t, int op, int dst, int src, int label)
{
	text_add(t, BPF_JMP | op | BPF_X, dst, src, -label, 0);
}

static void
text_label(struct sockmap_text *t, int label)
{
	t->labels[label] = t->n;
}

static void
text_return(struct sockmap_text *t, int verdict)
{
	text_set(t, BPF_REG_0, verdict);
	text_add(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void
text_link(struct sockmap_text *t)
{
	for (int i = 0; i < t->n; i++) {
		struct bpf_insn *insn = &t->insns[i];
		int class = BPF_CLASS(insn->code);

		if ((class == BPF_JMP || class == BPF_JMP32) && insn->off < 0)
			insn->off = (int16_t)(t->labels[-insn->off] - i - 1);
	}
}

/* r0 = the element of `map` whose key is at `at` of the stack. */
static void
text_lookup(struct sockmap_text *t, int map, int at)
{
	text_map(t, BPF_REG_1, map);
	text_move(t, BPF_REG_2, BPF_REG_10);
	text_add(t, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, at);
	text_call(t, BPF_FUNC_map_lookup_elem);
}

/* r6 = the piece, r9 = its length, r8 = its lane. */
static void
program_find_lane(struct sockmap_text *t, const struct sockmap_fds *fds)
{
	text_move(t, BPF_REG_6, BPF_REG_1);
	text_load(
	    t, BPF_W, BPF_REG_9, BPF_REG_6, offsetof(struct __sk_buff, len));
	text_jump_if(t, BPF_JEQ, BPF_REG_9, 0, LABEL_DROP);
	text_call(t, BPF_FUNC_get_socket_cookie);
	text_store(t, BPF_DW, BPF_REG_10, AT_COOKIE, BPF_REG_0);
	text_lookup(t, fds->slots, AT_COOKIE);
	text_jump_if(t, BPF_JEQ, BPF_REG_0, 0, LABEL_PASS);
	text_load(t, BPF_W, BPF_REG_7, BPF_REG_0, 0);
	text_store(t, BPF_W, BPF_REG_10, AT_SLOT, BPF_REG_7);
	text_add(t, BPF_ALU64 | BPF_XOR | BPF_K, BPF_REG_7, 0, 0, 1);
	text_store(t, BPF_W, BPF_REG_10, AT_SINK_SLOT, BPF_REG_7);
	text_lookup(t, fds->lanes, AT_SLOT);
	text_jump_if(t, BPF_JEQ, BPF_REG_0, 0, LABEL_PASS);
	text_move(t, BPF_REG_8, BPF_REG_0);
	text_load(t, BPF_DW, BPF_REG_1, BPF_REG_8, LANE(left));
	text_load(t, BPF_DW, BPF_REG_2, BPF_REG_8, LANE(returned));
	text_jump_if_reg(t, BPF_JNE, BPF_REG_1, BPF_REG_2, LABEL_LEAVE);
}

/* On the stack: how the sink stands.  r7 = the sink, given back. */
static void
program_look_at_sink(struct sockmap_text *t, const struct sockmap_fds *fds,
    const struct sockmap_layout *layout)
{
	text_lookup(t, fds->pairs, AT_SINK_SLOT);
	text_jump_if(t, BPF_JEQ, BPF_REG_0, 0, LABEL_LEAVE);
	text_move(t, BPF_REG_7, BPF_REG_0);
	text_move(t, BPF_REG_1, BPF_REG_7);
	text_call(t, BPF_FUNC_skc_to_tcp_sock);
	text_jump_if(t, BPF_JEQ, BPF_REG_0, 0, LABEL_UNREF);
	text_load(t, BPF_W, BPF_REG_1, BPF_REG_0, layout->write_seq);
	text_store(t, BPF_DW, BPF_REG_10, AT_SEQ, BPF_REG_1);
	text_load(t, BPF_W, BPF_REG_1, BPF_REG_0, layout->wmem_queued);
	text_store(t, BPF_DW, BPF_REG_10, AT_QUEUED, BPF_REG_1);
	text_load(t, BPF_W, BPF_REG_1, BPF_REG_0, layout->sndbuf);
	text_store(t, BPF_DW, BPF_REG_10, AT_SNDBUF, BPF_REG_1);
	text_move(t, BPF_REG_1, BPF_REG_7);
	text_call(t, BPF_FUNC_sk_release);
}

/* r3 = the sink's sequence, r4 = bytes carried so far. */
static void
program_start_lane(struct sockmap_text *t)
{
	text_load(t, BPF_DW, BPF_REG_3, BPF_REG_10, AT_SEQ);
	text_load(t, BPF_DW, BPF_REG_4, BPF_REG_8, LANE(carried));
	text_load(t, BPF_W, BPF_REG_5, BPF_REG_8, LANE(is_started));
	text_jump_if(t, BPF_JNE, BPF_REG_5, 0, LABEL_STARTED);
	text_move(t, BPF_REG_1, BPF_REG_3);
	text_alu(t, BPF_SUB, BPF_REG_1, BPF_REG_4);
	text_store(t, BPF_W, BPF_REG_8, LANE(start), BPF_REG_1);
	text_set(t, BPF_REG_5, 1);
	text_store(t, BPF_W, BPF_REG_8, LANE(is_started), BPF_REG_5);
	text_label(t, LABEL_STARTED);
}

static void
program_weigh(struct sockmap_text *t)
{
	/* r1 = waiting; what looks like less than nothing was read late. */
	text_load(t, BPF_W, BPF_REG_1, BPF_REG_8, LANE(start));
	text_alu(t, BPF_ADD, BPF_REG_1, BPF_REG_4);
	text_alu(t, BPF_SUB, BPF_REG_1, BPF_REG_3);
	text_alu(t, BPF_ADD, BPF_REG_1, BPF_REG_9);
	text_jump_if(t, BPF_JGT, BPF_REG_1, SOCKMAP_WAITING_MAX, LABEL_LEAVE);
	text_alu(t, BPF_ADD, BPF_REG_1, BPF_REG_1);
	text_load(t, BPF_DW, BPF_REG_2, BPF_REG_10, AT_QUEUED);
	text_alu(t, BPF_ADD, BPF_REG_1, BPF_REG_2);
	text_load(t, BPF_DW, BPF_REG_2, BPF_REG_10, AT_SNDBUF);
	text_jump_if_reg(t, BPF_JGE, BPF_REG_1, BPF_REG_2, LABEL_LEAVE);
}

static void
program_carry(struct sockmap_text *t, const struct sockmap_fds *fds)
{
	text_add(t, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_4, BPF_REG_9, 0, 0);
	text_store(t, BPF_DW, BPF_REG_8, LANE(carried), BPF_REG_4);
	text_move(t, BPF_REG_1, BPF_REG_6);
	text_map(t, BPF_REG_2, fds->pairs);
	text_load(t, BPF_W, BPF_REG_3, BPF_REG_10, AT_SINK_SLOT);
	text_set(t, BPF_REG_4, 0);
	text_call(t, BPF_FUNC_sk_redirect_map);
	text_add(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/*
 * The addition is a full barrier, as is sockmap_give_back's: of this program
 * and a process that gives back at the same time one sees what the other did.
 */
static void
program_leave(struct sockmap_text *t, const struct sockmap_fds *fds)
{
	text_label(t, LABEL_UNREF);
	text_move(t, BPF_REG_1, BPF_REG_7);
	text_call(t, BPF_FUNC_sk_release);
	text_label(t, LABEL_LEAVE);
	text_set(t, BPF_REG_1, 0);
	text_store(t, BPF_W, BPF_REG_8, LANE(is_started), BPF_REG_1);
	text_add(t, BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_8, BPF_REG_9,
	    LANE(left), BPF_ADD | BPF_FETCH);
	text_load(t, BPF_DW, BPF_REG_2, BPF_REG_8, LANE(returned));
	text_jump_if_reg(t, BPF_JNE, BPF_REG_9, BPF_REG_2, LABEL_PASS);
	text_map(t, BPF_REG_1, fds->news);
	text_move(t, BPF_REG_2, BPF_REG_10);
	text_add(t, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, AT_SLOT);
	text_set(t, BPF_REG_3, sizeof(uint32_t));
	text_set(t, BPF_REG_4, 0);
	text_call(t, BPF_FUNC_ringbuf_output);
	text_label(t, LABEL_PASS);
	text_return(t, SK_PASS);
	text_label(t, LABEL_DROP);
	text_return(t, SK_DROP);
}

static int
layout_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t =
	    id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	const struct btf_member *m = t != NULL ? btf_members(t) : NULL;

	for (__u32 i = 0; t != NULL && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(btf, m[i].name_off), member) ==
		    0)
			return (int)(btf_member_bit_offset(t, i) / 8);
	return -1;
}

static int
layout_find(struct sockmap_layout *layout, struct err *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int seq, queued, sndbuf;

	if (btf == NULL)
		return err_errno(err, "types of the kernel (BTF)");
	/* A struct tcp_sock begins with its struct sock. */
	seq = layout_member(btf, "tcp_sock", "write_seq");
	queued = layout_member(btf, "sock", "sk_wmem_queued");
	sndbuf = layout_member(btf, "sock", "sk_sndbuf");
	btf__free(btf);
	if (seq < 0 || queued < 0 || sndbuf < 0 || seq > INT16_MAX ||
	    queued > INT16_MAX || sndbuf > INT16_MAX)
		return err_set(err, -ENOTSUP,
		    "types of the kernel (BTF): struct tcp_sock lacks "
		    "write_seq, sk_wmem_queued or sk_sndbuf");
	layout->write_seq = (int16_t)seq;
	layout->wmem_queued = (int16_t)queued;
	layout->sndbuf = (int16_t)sndbuf;
	return 0;
}

int
sockmap_layout(struct sockmap_layout *layout, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct sockmap_layout found;
	static bool is_found;
	int rc = 0;

	/* The kernel stays the same, and its types are megabytes. */
	CHECK(pthread_mutex_lock(&lock) == 0);
	if (!is_found)
		rc = layout_find(&found, err);
	is_found = rc == 0;
	*layout = found;
	CHECK(pthread_mutex_unlock(&lock) == 0);
	return rc;
}

int
sockmap_program_load(const struct sockmap_fds *fds,
    const struct sockmap_layout *layout, bool is_greedy, struct err *err)
{
	struct sockmap_text t = { .n = 0 };
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log,
	    .log_size = sizeof(log), .log_level = 1,
	    .expected_attach_type = BPF_SK_SKB_STREAM_VERDICT);
	int fd;

	program_find_lane(&t, fds);
	program_look_at_sink(&t, fds, layout);
	program_start_lane(&t);
	if (!is_greedy)
		program_weigh(&t);
	program_carry(&t, fds);
	program_leave(&t, fds);
	text_link(&t);
	opts.log_level = 0;
	/* Some helpers ask for the GPL; what is under BSD may be taken
	 * under it, too. */
	fd = bpf_prog_load(BPF_PROG_TYPE_SK_SKB, "regent_relay", "Dual BSD/GPL",
	    t.insns, (size_t)t.n, &opts);
	return fd >= 0 ? fd : err_errno(err, "program of the kernel relay");
}
