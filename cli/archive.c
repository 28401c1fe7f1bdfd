/* archive.c - ZIP files, through libzip where it was there to build with */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

bool
is_zip_head(const unsigned char *head, size_t n)
{
	return n >= 4 && (memcmp(head, "PK\3\4", 4) == 0 ||
	                  memcmp(head, "PK\5\6", 4) == 0);
}

#ifdef HAVE_LIBZIP

#include <zip.h>

struct archive {
	zip_t *zip;
	bool out_of_memory;
};

bool
archives_supported(void)
{
	return true;
}

struct archive *
archive_open(const void *data, size_t len, const char **ret_why)
{
	struct archive *a = calloc(1, sizeof(*a));
	zip_error_t err;
	zip_source_t *source;

	zip_error_init(&err);
	*ret_why = "out of memory";
	source = a ? zip_source_buffer_create(data, len, 0, &err) : NULL;
	if (source) {
		a->zip = zip_open_from_source(source, ZIP_RDONLY, &err);
		if (a->zip) {
			zip_error_fini(&err);
			return a;
		}
		zip_source_free(source);
		*ret_why = zip_error_code_zip(&err) == ZIP_ER_MEMORY
		         ? "out of memory"
		         : "this is no ZIP file, or its list of files is damaged";
	}
	zip_error_fini(&err);
	free(a);
	return NULL;
}

size_t
archive_count(const struct archive *a)
{
	zip_int64_t n = zip_get_num_entries(a->zip, 0);

	return n > 0 ? (size_t)n : 0;
}

bool
archive_entry(struct archive *a, size_t i, struct archive_entry *ret)
{
	zip_stat_t st;

	zip_stat_init(&st);
	if (zip_stat_index(a->zip, i, 0, &st) != 0 || !(st.valid & ZIP_STAT_NAME)) {
		a->out_of_memory |= zip_error_code_zip(zip_get_error(a->zip)) ==
		                    ZIP_ER_MEMORY;
		return false;
	}
	*ret = (struct archive_entry){
		.name = st.name,
		.size = st.valid & ZIP_STAT_SIZE ? st.size : 0,
		.is_directory = *st.name && st.name[strlen(st.name) - 1] == '/',
		.encrypted = (st.valid & ZIP_STAT_ENCRYPTION_METHOD) &&
		             st.encryption_method != ZIP_EM_NONE,
	};
	return true;
}

static const char *
why_not(zip_error_t *err)
{
	switch (zip_error_code_zip(err)) {
	case ZIP_ER_NOPASSWD:
	case ZIP_ER_WRONGPASSWD:
	case ZIP_ER_ENCRNOTSUPP:
		return "it is encrypted with a password";
	case ZIP_ER_COMPNOTSUPP:
		return "it is compressed in a way that is not supported";
	case ZIP_ER_MEMORY:
		return "out of memory";
	case ZIP_ER_CRC:
		return "its checksum does not match: it is damaged";
	default:
		return "it is damaged";
	}
}

void *
archive_read(struct archive *a, size_t i, size_t most, size_t *ret_len,
             const char **ret_why)
{
	zip_file_t *f = zip_fopen_index(a->zip, i, 0);
	char *bytes = malloc(most ? most : 1);
	size_t len = 0;
	zip_int64_t got = 1;

	*ret_why = !f ? why_not(zip_get_error(a->zip)) : "out of memory";
	while (f && bytes && len < most &&
	       (got = zip_fread(f, bytes + len, most - len)) > 0)
		len += (size_t)got;
	if (f && bytes && got < 0)
		*ret_why = why_not(zip_file_get_error(f));
	if (!f || !bytes || got < 0) {
		free(bytes);
		bytes = NULL;
	}
	if (f)
		zip_fclose(f);
	*ret_len = len;
	return bytes;
}

bool
archive_out_of_memory(const struct archive *a)
{
	return a->out_of_memory;
}

void
archive_close(struct archive *a)
{
	if (a)
		zip_discard(a->zip);
	free(a);
}

const char *
zip_version(void)
{
	return zip_libzip_version();
}

#else

bool
archives_supported(void)
{
	return false;
}

struct archive *
archive_open(const void *data, size_t len, const char **ret_why)
{
	(void)data;
	(void)len;
	*ret_why = "this cabscan was built without libzip and reads no ZIP files: "
	           "unpack it first";
	return NULL;
}

size_t
archive_count(const struct archive *a)
{
	(void)a;
	return 0;
}

bool
archive_entry(struct archive *a, size_t i, struct archive_entry *ret)
{
	(void)a;
	(void)i;
	(void)ret;
	return false;
}

void *
archive_read(struct archive *a, size_t i, size_t most, size_t *ret_len,
             const char **ret_why)
{
	(void)a;
	(void)i;
	(void)most;
	(void)ret_len;
	*ret_why = "no ZIP files are read";
	return NULL;
}

bool
archive_out_of_memory(const struct archive *a)
{
	(void)a;
	return false;
}

void
archive_close(struct archive *a)
{
	(void)a;
}

const char *
zip_version(void)
{
	return NULL;
}

#endif
