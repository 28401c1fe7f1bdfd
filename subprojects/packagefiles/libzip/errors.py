"""Makes the table of error texts out of the comments of zip.h: errors.py zip.h OUTPUT"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    found = re.findall(r"#define ZIP_ER_[A-Z_]+ \d+\s+/\* ([NSZ]) ([^*]*?) \*/", f.read())
if len(found) < 30:
    sys.exit("zip.h has no list of errors")
kinds = {"N": "ZIP_ET_NONE", "S": "ZIP_ET_SYS", "Z": "ZIP_ET_ZLIB"}
with open(sys.argv[2], "w", encoding="utf-8") as f:
    f.write('#include "zipint.h"\n\nconst char *const _zip_err_str[] = {\n')
    f.writelines(f'\t"{text}",\n' for _, text in found)
    f.write(f"}};\nconst int _zip_nerr_str = {len(found)};\nconst int _zip_err_type[] = {{\n")
    f.writelines(f"\t{kinds[kind]},\n" for kind, _ in found)
    f.write("};\n")
