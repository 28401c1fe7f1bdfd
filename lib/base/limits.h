/*
 * limits.h - every limit, and why it is what it is
 *
 * The first block can be changed through cabscan_set_limit(); the numbers are
 * the defaults.  The others hold for every scan.  What only the binary event
 * logs need stands in their files (read/template.c, read/expand.h and others).
 */
#ifndef CS_LIMITS_H
#define CS_LIMITS_H

#include <stdint.h>

#define MIB ((uint64_t)1024 * 1024)

/* Bytes of one input file.  CABs of four areas are 5 to 40 MB; a share also
 * holds some with memory dumps in them. */
#define LIMIT_CAB_BYTES (512 * MIB)

/* Bytes of one member, unpacked.  Event logs are 1 to 20 MB by default; what
 * administrators set is rarely above a hundred.  A member is in memory while it
 * is read, so with its text (below) it decides what a small CAB can take: less
 * than 256 MiB in all. */
#define LIMIT_MEMBER_BYTES (128 * MIB)

/* Bytes of all members.  MSZIP and LZX reach about 1:1000, so 512 MB of CAB
 * could ask for half a terabyte. */
#define LIMIT_TOTAL_BYTES (768 * MIB)

/* Members in one CAB.  The format allows 65,535; a real one has about 60. */
#define LIMIT_MEMBERS 4096

/* Records (events, lines, registry keys) in one case.  A 20 MB event log
 * holds about 30,000.  Looking for facts in one takes about a microsecond. */
#define LIMIT_RECORDS 1000000

/* Bytes that the codecs may produce, those that no member needs included.  A
 * folder is decoded once, so a sound CAB needs little more than the total;
 * at about two nanoseconds a byte this is under two seconds.  Quantum is slower
 * and counts 32 times. */
#define LIMIT_DECODE_BYTES (864 * MIB)

/* Bytes of one list of devices (--intune, --inventory), which stays in memory.
 * A million devices are 0.3 GB of separated values or 1.1 GB of JSON from
 * Graph, and places in it are kept in 32 bits. */
#define MAX_ROSTER_BYTES (2048 * MIB)

/* Its rows.  An index takes 12 bytes for each, and 8 for each of three keys. */
#define MAX_ROSTER_ROWS 10000000u

/* Rows of one device: deployments that were tried over and over. */
#define MAX_ROSTER_ANSWERS 64u

/* Notes in one case.  After that a report is noise. */
#define MAX_NOTES 200

/* Entries of a case's timeline. */
#define MAX_TIMELINE 2000

/* Event logs that are told apart, and characters of a channel's name.  A CAB
 * holds about 20, and Windows has some 1,200 channels in all. */
#define MAX_CHANNELS 2000
#define MAX_CHANNEL 200

/* Names of computers that are kept.  Setup gives a device up to three. */
#define MAX_COMPUTERS 8

/* Bytes of UTF-8 that a text file in UTF-16 becomes.  The largest, registry
 * dumps, have some 20 MB. */
#define MAX_TEXT_BYTES (64 * MIB)

/* Bytes of memory that one case may hold. */
#define MAX_CASE_BYTES (256 * MIB)

/* Levels of XML elements, in either form.  Real events have at most 10. */
#define MAX_XML_DEPTH 64

/* Binary XML values inside binary XML values.  Real logs have one level. */
#define MAX_BINXML_NESTING 8

/* Values of one event.  The widest known template has about 120. */
#define MAX_EVENT_VALUES 4096

/* Bytes that one event may grow to when its templates are expanded: a
 * template can use one value ten times, a level. */
#define MAX_EVENT_BYTES (4 * MIB)

/* Levels of JSON, and of JSON in strings of JSON. */
#define MAX_JSON_DEPTH 64
#define MAX_JSON_STRINGS 4

/* Bytes of one line, registry value or JSON text that is looked at.  A hash
 * is 4,000 characters; a registry value with a policy is 20,000. */
#define MAX_VALUE_BYTES (1 * MIB)

/* PCRE2: steps of one match, and its heap in KiB.  '^(a+)+$' on 33 bytes ends
 * after about a millisecond with this. */
#define MAX_MATCH_STEPS 100000
#define MAX_MATCH_HEAP 1024

/* ---- cabinets ------------------------------------------------------------ */

/* Folders may share data blocks, though no maker does that.  This often the
 * size of the CAB may be gone through; then it is no honest one. */
#define MAX_WALKS 2

/* Bytes that may be searched for blocks behind damage: some hundred places,
 * and less than half a second. */
#define MAX_CAB_SEARCH ((size_t)16 * 1024 * 1024)

/* Blocks that may lack at one place: 8 MiB of zeros stand for them. */
#define MAX_BLOCKS_SKIPPED 256

/* Notes of one kind about the list of members, and about single members; a
 * hostile list has thousands of mistakes. */
#define MAX_LIST_NOTES 8
#define MAX_MEMBER_NOTES 8

/* ---- what readers hold at once -------------------------------------------- */

/* Bytes of a start tag of an exported event, and of the blanks behind it. */
#define MAX_EVENT_TAG 1024

/* Columns of a CSV with hardware hashes: real ones have 3 to 5.  Values of one
 * hash: a PC with many disks, adapters and screens has about 60. */
#define MAX_HASH_COLUMNS 64
#define MAX_HASH_VALUES 512

/* Levels of indented headings of a text; tpmtool has one. */
#define MAX_HEADINGS 8

/* Tries to find where the damage of a JSON text begins, bytes of a name
 * "a/b/0/c" (real ones are below 100), and of all values of one text. */
#define MAX_JSON_TRIES 8
#define MAX_JSON_PATH 1024
#define MAX_JSON_BYTES (32 * MIB)

/* A key of the registry is handed out in parts when it has more values, or
 * values that need more scratch, than this. */
#define MAX_PART_VALUES 1024
#define MAX_PART_BYTES (4 * MIB)

/* ---- what a case keeps ----------------------------------------------------- */

/* Facts of one name.  The newest are kept: a log full of the same failure
 * says nothing new with its first thousand. */
#define MAX_FACTS_OF_A_NAME 2000

/* Characters of a value that are kept: a server's answer fits.  Of the sentence
 * that an event becomes: a line or two. */
#define MAX_FACT_CHARS 2000
#define MAX_SENTENCE 400

/* Tries to attest; the last ones are kept.  One takes minutes. */
#define MAX_ATTEMPTS 1000

/* Moments that are gathered before the newest MAX_TIMELINE are chosen. */
#define MAX_GATHERED 20000

/* Steps of one verdict; nobody does more. */
#define MAX_STEPS 40

#endif
