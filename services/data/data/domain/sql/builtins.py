"""Functions, types and extensions that an app's SQL may use. What is in no list is refused.

Functions are those of PostgreSQL's manual that look at nothing but their arguments, the clock, chance and the
own schema. Left out are those that read the catalogue, the server, files or a query given as text.
"""

FUNCTIONS = frozenset(
    """
    abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt ceil ceiling cos cosd cosh
    cot cotd degrees div erf erfc exp factorial floor gamma gcd lcm lgamma ln log log10 min_scale mod pi
    pow power radians random random_normal round scale setseed sign sin sind sinh sqrt tan tand tanh
    trim_scale trunc width_bucket ascii bit_count bit_length btrim casefold char_length character_length
    chr concat concat_ws convert convert_from convert_to crc32 crc32c decode encode format get_bit
    get_byte initcap is_normalized left length like like_escape lower lpad ltrim md5 normalize notlike
    octet_length overlay parse_ident position quote_ident quote_literal quote_nullable regexp_count
    regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim set_bit set_byte sha224
    sha256 sha384 sha512 similar_to_escape split_part starts_with string_to_array string_to_table strpos
    substr substring to_ascii to_bin to_char to_date to_hex to_number to_oct to_timestamp translate
    unicode_assigned unistr upper age clock_timestamp date_add date_bin date_part date_subtract date_trunc
    extract isfinite justify_days justify_hours justify_interval make_date make_interval make_time
    make_timestamp make_timestamptz now overlaps statement_timestamp timeofday timezone
    transaction_timestamp bool date float4 float8 int2 int4 int8 interval numeric text time timestamp
    timestamptz timetz varchar bpchar gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp
    uuid_extract_version enum_first enum_last enum_range num_nonnulls num_nulls any_value array_agg avg
    bit_and bit_or bit_xor bool_and bool_or count every json_agg json_agg_strict json_object_agg
    json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_agg jsonb_agg_strict
    jsonb_object_agg jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict max
    min range_agg range_intersect_agg string_agg sum corr covar_pop covar_samp regr_avgx regr_avgy
    regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp
    var_pop var_samp variance mode percentile_cont percentile_disc cume_dist dense_rank first_value lag
    last_value lead nth_value ntile percent_rank rank row_number array_append array_cat array_dims
    array_fill array_length array_lower array_ndims array_position array_positions array_prepend
    array_remove array_replace array_reverse array_sample array_shuffle array_sort array_to_json
    array_to_string array_to_tsvector array_upper cardinality generate_series generate_subscripts
    trim_array unnest json_array_elements json_array_elements_text json_array_length json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object
    json_object_keys json_populate_record json_populate_recordset json_strip_nulls json_to_record
    json_to_recordset json_typeof jsonb_array_elements jsonb_array_elements_text jsonb_array_length
    jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists
    jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array
    jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz
    jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty jsonb_set
    jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json
    to_jsonb int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange
    nummultirange tsmultirange tstzmultirange datemultirange isempty lower_inc lower_inf multirange
    range_merge upper_inc upper_inf get_current_ts_config json_to_tsvector jsonb_to_tsvector numnode
    phraseto_tsquery plainto_tsquery querytree setweight strip to_tsquery to_tsvector ts_delete ts_filter
    ts_headline ts_rank ts_rank_cd tsquery_phrase tsvector_to_array websearch_to_tsquery area bound_box
    box center circle diagonal diameter height isclosed ishorizontal isopen isparallel isperp isvertical
    line lseg npoints path pclose point polygon popen radius slope width abbrev broadcast family host
    hostmask inet_merge inet_same_family macaddr8_set7bit masklen netmask network set_masklen
    pg_column_size uuid_generate_v4 cosine_distance inner_product l1_distance l2_distance l2_norm
    l2_normalize hamming_distance jaccard_distance subvector vector_dims vector_norm binary_quantize
    """.split()  # noqa: SIM905 - a list of 480 quoted names would be four pages
)

NAMED_BY_TEXT = frozenset({"nextval", "currval", "setval", "pg_get_serial_sequence"})
"""Functions whose first argument is the name of a relation, as text."""

TRIGGER_FUNCTIONS = frozenset({"tsvector_update_trigger", "suppress_redundant_updates_trigger"})

AUTH_FUNCTIONS = frozenset({"uid", "jwt", "role", "email"})

TYPES = frozenset(
    """
    bool int2 int4 int8 float4 float8 numeric money text varchar bpchar char name bytea date time timetz
    timestamp timestamptz interval uuid json jsonb jsonpath bit varbit inet cidr macaddr macaddr8 point
    line lseg box path polygon circle tsvector tsquery int4range int8range numrange tsrange tstzrange
    daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange oid
    record void trigger regconfig anyelement anyarray anynonarray anyenum anyrange anymultirange
    anycompatible anycompatiblearray anycompatiblenonarray anycompatiblerange anycompatiblemultirange
    serial serial2 serial4 serial8 bigserial smallserial vector halfvec sparsevec
    """.split()  # noqa: SIM905
)
OTHER_NAMES_OF_TYPES = {
    "datetime": "timestamptz",
    "string": "text",
    "number": "numeric",
    "double": "double precision",
    "long": "bigint",
    "tinyint": "smallint",
    "mediumint": "integer",
    "blob": "bytea",
    "longtext": "text",
    "mediumtext": "text",
    "enum": "text with a check, or a type of its own by `create type … as enum (…)`",
    "citext": "text, with a unique index on lower(column)",
    "xml": "text",
}

INDEX_METHODS = frozenset({"btree", "hash", "gin", "gist", "brin", "spgist", "hnsw", "ivfflat"})

WITHOUT_EFFECT = frozenset({"pgcrypto", "uuid-ossp", "plpgsql", "vector"})
"""Extensions that may be asked for: what apps need of them is there already, or the database has none."""

OID_ALIASES = frozenset(
    """
    regclass regcollation regconfig regdatabase regdictionary regnamespace regoper regoperator regproc
    regprocedure regrole regtype
    """.split()  # noqa: SIM905
)
"""Types of numbers in the catalogue that are written as the names they stand for, and read from these."""

_RESERVED = (
    "pg_",
    "lo_",
    "has_",
    "binary_upgrade_",
    "txid_",
    "ri_fkey_",
    "brin_",
    "gin_",
    "dblink",
    "overskill",
)
_RESERVED_NAMES = frozenset(
    """
    set_config current_setting loread lowrite ts_stat ts_rewrite currtid2 nextval currval setval lastval
    query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
    table_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema schema_to_xml schema_to_xmlschema
    schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema
    amvalidate tsvector_update_trigger_column unique_key_recheck current_query inet_client_addr
    inet_server_addr inet_client_port inet_server_port col_description obj_description shobj_description
    row_security_active makeaclitem aclexplode acldefault
    """.split()  # noqa: SIM905
)
_OF_OID_ALIASES = frozenset(
    before + one + behind
    for one in OID_ALIASES
    for before, behind in (("", ""), ("to_", ""), ("", "in"), ("", "out"), ("", "recv"), ("", "send"))
) | {"to_regtypemod"}


_OTHER_FUNCTIONS = frozenset(
    """
    format_type current_database current_schema current_schemas current_user session_user system_user
    getpgusername version getdatabaseencoding aclcontains aclinsert aclremove oidvectortypes
    nameconcatoid textrecv byteain charin boolin record_in record_recv array_in array_recv anyarray_in
    domain_in domain_recv enum_in enum_recv range_in range_recv multirange_in multirange_recv
    fmgr_c_validator fmgr_internal_validator fmgr_sql_validator plpgsql_validator plpgsql_call_handler
    plpgsql_inline_handler postgresql_fdw_validator mxid_age satisfies_hash_partition ts_debug ts_lexize
    ts_parse ts_token_type aclitemin aclitemout
    """.split()  # noqa: SIM905
)
CATALOGUE_TYPES = frozenset(
    """
    aclitem any cid cstring event_trigger fdw_handler gtsvector index_am_handler int2vector internal
    language_handler oidvector refcursor table_am_handler tid tsm_handler txid_snapshot unknown xid xid8 xml
    """.split()  # noqa: SIM905
)
CATALOGUE_TYPES |= OID_ALIASES
"""Types of PostgreSQL's own that apps may not use, besides those called pg_…."""

_BY_ATTRIBUTE = ("pg_", "lo_", "binary_upgrade_")
_NAMES_BY_ATTRIBUTE = frozenset(
    """
    aclexplode aclitem aclitemin aclitemout amvalidate brin_summarize_new_values current_schemas
    current_setting currval fmgr_c_validator fmgr_internal_validator fmgr_sql_validator gin_clean_pending_list
    mxid_age nextval obj_description oidvectortypes plpgsql_validator row_security_active ts_debug
    ts_stat ts_token_type txid_status
    """.split()  # noqa: SIM905
)


def catalogue_function(name: str) -> bool:
    """Whether a function of this name would open one of PostgreSQL's, or the cast to one of its types."""
    return reserved(name) or name in _OTHER_FUNCTIONS or name in CATALOGUE_TYPES


def reserved(name: str) -> bool:
    """Whether an app may call nothing of its own so: a call without a schema would mean Postgres' own."""
    folded = name.lower()
    return folded.startswith(_RESERVED) or folded in _RESERVED_NAMES | _OF_OID_ALIASES


def opened_by_attribute(name: str) -> bool:
    """Whether `value.name` would open one of PostgreSQL's functions, called with the value.

    Only what takes one argument can be opened so: columns may have all other names.
    """
    return name.startswith(_BY_ATTRIBUTE) or name in _NAMES_BY_ATTRIBUTE | _OF_OID_ALIASES
