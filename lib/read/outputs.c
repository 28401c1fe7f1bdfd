#include "read/outputs.h"

/* How known outputs show themselves: a line begins so, its dashes and blanks
 * left out, and where 'next' says something the line below it does as well. */
static const struct {
	const char *begins, *next, *output;
} marks[] = {
	{ "TpmHLI ", NULL, "TpmHliInfo" },
	{ "TPM Present:", NULL, "tpmtool" },
	{ "TPM Manufacturer ID:", NULL, "tpmtool" },
	{ "TPM Manufacturer Version:", NULL, "tpmtool" },
	{ "Ready For Attestation:", NULL, "tpmtool" },
	{ "TpmPresent ", NULL, "Get-Tpm" },
	{ "TpmPresent:", NULL, "Get-Tpm" },
	{ "TpmReady ", NULL, "Get-Tpm" },
	{ "TpmReady:", NULL, "Get-Tpm" },
	{ "TPM-Version:", NULL, "tpminfo" },
	{ "IsActivated_InitialValue", NULL, "Win32_Tpm" },
	{ "IsEnabled_InitialValue", NULL, "Win32_Tpm" },
	{ "IsOwned_InitialValue", NULL, "Win32_Tpm" },
	{ "ManufacturerVersionInfo", NULL, "Win32_Tpm" },
	{ "PhysicalPresenceVersionInfo", NULL, "Win32_Tpm" },
	{ "IsPresent ", "PublicKey", "TpmEndorsementKeyInfo" },
	{ "IsPresent:", "PublicKey", "TpmEndorsementKeyInfo" },
	{ "PublicKeyHash ", NULL, "TpmEndorsementKeyInfo" },
	{ "ManufacturerCertificates ", NULL, "TpmEndorsementKeyInfo" },
	{ "AdditionalCertificates ", NULL, "TpmEndorsementKeyInfo" },
	{ "SMBIOSBIOSVersion", NULL, "Win32_BIOS" },
	{ "BiosSMBIOSBIOSVersion", NULL, "Get-ComputerInfo" },
	{ "WindowsBuildLabEx ", NULL, "Get-ComputerInfo" },
	{ "Start at:", NULL, "FootPrint" },
	{ "| Device State", NULL, "dsregcmd" },
	{ "| Device Details", NULL, "dsregcmd" },
	{ "| Tenant Details", NULL, "dsregcmd" },
	{ "| Diagnostic Data", NULL, "dsregcmd" },
	{ "AzureAdJoined ", NULL, "dsregcmd" },
	{ "System Information report written at:", NULL, "msinfo32" },
	{ "UEFI is supported", NULL, "UEFI_Data" },
	{ "UEFI is not supported", NULL, "UEFI_Data" },
	{ "HKEY_LOCAL_MACHINE\\HARDWARE\\DESCRIPTION\\System\\BIOS", NULL,
	  "reg-query-BIOS" },
};
#define N_MARKS (sizeof(marks) / sizeof(*marks))

static cs_text
from(cs_text t, size_t n)
{
	return (cs_text){ t.at + n, t.len - n };
}

static bool
quoted(cs_text t)
{
	return t.len >= 2 && t.at[0] == '"' && t.at[t.len - 1] == '"';
}

/* ---- lines ---------------------------------------------------------------- */

char
cs_line_end(cs_text t)
{
	if (t.len > 0 && !memchr(t.at, '\n', t.len) && memchr(t.at, '\r', t.len))
		return '\r';
	return '\n';
}

cs_text
cs_cut_line(cs_text *rest, char end)
{
	cs_text t = cs_cut(rest, end);

	while (t.len > 0 && t.at[t.len - 1] == '\r')
		t.len--;
	return t;
}

static cs_text
without_dashes(cs_text line)
{
	cs_text t = cs_trim(line);

	while (t.len > 0 && (t.at[0] == '-' || t.at[0] == ' '))
		t = from(t, 1);
	return t;
}

/* "name" : "value", takes the quotes off both. */
static void
unquote(struct cs_split *p)
{
	cs_text v = p->value;

	if (!quoted(p->label))
		return;
	p->label = (cs_text){ p->label.at + 1, p->label.len - 2 };
	if (v.len > 0 && v.at[v.len - 1] == ',')
		v.len--;
	if (quoted(v))
		p->value = (cs_text){ v.at + 1, v.len - 2 };
}

/* A tab before the colon is one that aligns it. */
static size_t
past_tab(cs_text label, size_t n)
{
	size_t i = n;

	while (i < label.len && (label.at[i] == '\t' || label.at[i] == ' '))
		i++;
	return i < label.len && (label.at[i] == ':' || label.at[i] == '=') ? i : n;
}

struct cs_split
cs_split_line(cs_text line)
{
	struct cs_split p = { .by = 0 };
	cs_text label = without_dashes(line);
	size_t n = 0;

	while (n < label.len && label.at[n] != ':' && label.at[n] != '=' &&
	       label.at[n] != '\t')
		n++;
	if (n == 0 || n == label.len)
		return p;
	if (label.at[n] == '\t')
		n = past_tab(label, n);
	p.by = label.at[n];
	p.value = cs_trim(from(label, n + 1));
	p.label = cs_trim((cs_text){ label.at, n });
	p.tight = p.label.len == n;
	unquote(&p);
	if (p.label.len == 0)
		p.by = 0;
	return p;
}

/* ---- whose line it is ----------------------------------------------------- */

static cs_text
next_line(cs_text rest, char end)
{
	while (rest.len > 0) {
		cs_text line = cs_trim(cs_cut_line(&rest, end));

		if (line.len > 0)
			return line;
	}
	return CS_TEXT("");
}

/* The name of Windows, and below it its number: in any language. */
static cs_text
system_information(const struct cs_split *name, cs_text rest, char end)
{
	struct cs_split number;

	if (!name->by ||
	    !cs_starts_caseless(name->value, CS_TEXT("Microsoft Windows")))
		return CS_TEXT("");
	number = cs_split_line(next_line(rest, end));
	if (number.by != name->by ||
	    !cs_starts_caseless(number.value, CS_TEXT("10.0.")))
		return CS_TEXT("");
	return name->by == '\t' ? CS_TEXT("msinfo32") : CS_TEXT("systeminfo");
}

/* The address that certreq -enrollaik prints, behind text in any language. */
static cs_text
aik_request(const struct cs_split *p)
{
	bool is = p->by == ':' && cs_starts_caseless(p->value, CS_TEXT("//")) &&
	          cs_has_caseless(p->value,
	                          CS_TEXT("microsoftaik.azure.net/templates/aik/"));

	return is ? CS_TEXT("enrollaik") : CS_TEXT("");
}

/* The mark that the line begins with; NULL: none. */
static const char *
marked(cs_text t, cs_text rest, char end)
{
	for (size_t i = 0; i < N_MARKS; i++) {
		/* Most lines differ in their first letter. */
		if (t.len == 0 || (t.at[0] | 0x20) != (marks[i].begins[0] | 0x20) ||
		    !cs_starts_caseless(t, cs_text_of(marks[i].begins)))
			continue;
		if (!marks[i].next ||
		    cs_starts_caseless(next_line(rest, end),
		                       cs_text_of(marks[i].next)))
			return marks[i].output;
	}
	return NULL;
}

cs_text
cs_output_of(cs_text line, const struct cs_split *p, cs_text rest, char end)
{
	const char *output = marked(without_dashes(line), rest, end);
	cs_text request;

	if (output)
		return cs_text_of(output);
	request = aik_request(p);
	return request.len > 0 ? request : system_information(p, rest, end);
}

/* ---- tables --------------------------------------------------------------- */

/* systeminfo /fo csv quotes every cell and doubles no quote. */
static bool
quoted_cell(cs_text *rest, cs_text *ret)
{
	const char *end;
	size_t n;

	if (rest->len < 2 || rest->at[0] != '"')
		return false;
	end = memchr(rest->at + 1, '"', rest->len - 1);
	if (!end)
		return false;
	n = (size_t)(end - rest->at);
	*ret = cs_trim((cs_text){ rest->at + 1, n - 1 });
	n++;
	n += n < rest->len && rest->at[n] == ',';
	*rest = from(*rest, n);
	return true;
}

/* Its second column, OS Name, by languages; the Japanese one in UTF-8, in its
 * code page, and as the first look at a file shows it. */
static bool
is_systeminfo(const struct cs_columns *c)
{
	static const char *const second[] = {
		"OS Name", "Betriebssystemname", "Nom du syst", "OS \xe5", "OS ?",
		"OS \x96", "Nombre del sistema operativo", "Nome sistema operativo",
		"Nome do sistema operacional",
	};

	for (size_t i = 0; c->n >= 8 && i < sizeof(second) / sizeof(*second); i++)
		if (cs_starts_caseless(c->name[1], cs_text_of(second[i])))
			return true;
	return false;
}

static bool
quoted_names(cs_text line, struct cs_columns *c)
{
	cs_text rest = cs_trim(line);

	while (c->n < CS_MAX_COLUMNS && quoted_cell(&rest, &c->name[c->n]))
		c->n++;
	c->kind = CS_TABLE_QUOTED;
	c->output = CS_TEXT("systeminfo");
	return is_systeminfo(c);
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* Names of one word each with two blanks behind, as wmic prints them; one of
 * them is a mark. */
static bool
aligned_names(cs_text line, struct cs_columns *c)
{
	const char *output;

	for (size_t i = 0; i < line.len && c->n < CS_MAX_COLUMNS; ) {
		size_t begin = i;

		while (i < line.len && in_name(line.at[i]))
			i++;
		if (i == begin || (i + 1 < line.len && (!blank(line.at[i]) ||
		                                        !blank(line.at[i + 1]))))
			return false;
		c->name[c->n] = (cs_text){ line.at + begin, i - begin };
		c->at[c->n++] = begin;
		output = marked(c->name[c->n - 1], CS_TEXT(""), '\n');
		if (output)
			c->output = cs_text_of(output);
		while (i < line.len && blank(line.at[i]))
			i++;
	}
	c->kind = CS_TABLE_ALIGNED;
	return c->output.len > 0;
}

bool
cs_table_begins(cs_text line, struct cs_columns *ret)
{
	bool is = false;

	*ret = (struct cs_columns){ .kind = CS_NO_TABLE, .output = CS_TEXT("") };
	if (line.len > 0 && line.at[0] == '"')
		is = quoted_names(line, ret);
	else if (line.len > 0 && !blank(line.at[0]) &&
	         !memchr(line.at, ':', line.len) && !memchr(line.at, '=', line.len))
		is = aligned_names(line, ret);
	if (!is)
		ret->kind = CS_NO_TABLE;
	return is;
}

/* Columns are as wide in characters as in their line of names. */
static size_t
aligned_row(const struct cs_columns *c, cs_text line, cs_text *ret)
{
	size_t at = 0, character = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t begin = at, end = i + 1 < c->n ? c->at[i + 1] : SIZE_MAX;

		while (at < line.len && character < end) {
			for (at++; at < line.len &&
			     ((unsigned char)line.at[at] & 0xc0) == 0x80; )
				at++;
			character++;
		}
		ret[i] = cs_trim((cs_text){ line.at + begin, at - begin });
	}
	return c->n;
}

size_t
cs_table_row(const struct cs_columns *c, cs_text line,
             cs_text ret[CS_MAX_COLUMNS])
{
	cs_text rest = cs_trim(line);
	size_t n = 0;

	if (c->kind == CS_TABLE_ALIGNED)
		return aligned_row(c, line, ret);
	while (n < c->n && quoted_cell(&rest, &ret[n]))
		n++;
	return n;
}
