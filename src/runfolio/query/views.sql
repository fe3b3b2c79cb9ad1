-- The public views of a store, as plain SQL over the steps of steps.sql.
--
-- Each section is one SELECT and needs only those before it; views.py explains every column.
-- Where one fact must win, the last one by (time, writer, seq) does.

-- view: metrics
SELECT
    p.run_id, p.key, p.step, p.value, p.time,
    (epoch_us(p.time) - epoch_us(b.started)) / 1e6 AS seconds, p.writer, p.seq
FROM internal.points p
JOIN internal.begun b ON b.run_id = p.run_id
WHERE NOT p.gone;

-- view: summary
SELECT
    run_id, key, count(*) AS points,
    arg_max(good, place) AS last, arg_max(step, place) FILTER (good IS NOT NULL) AS last_step,
    arg_min(good, place) AS first,
    min(good) AS min, arg_min(step, good) AS min_step,
    max(good) AS max, arg_max(step, good) AS max_step,
    avg(good) AS mean, count(*) - count(good) AS bad,
    min(time) AS first_time, max(time) AS last_time
FROM (
    SELECT run_id, key, step, time, place, CASE WHEN isfinite(value) THEN value END AS good
    FROM internal.points
    WHERE NOT gone AND run_id NOT IN (SELECT run_id FROM internal.trash)
)
GROUP BY run_id, key
ORDER BY run_id, key;

-- view: params
SELECT
    run_id, key,
    CASE
        WHEN type = 'text' OR odd THEN data ->> '$'
        ELSE text
    END AS text,
    CASE WHEN type IN ('int', 'float') THEN value END AS number,
    type
FROM (
    SELECT *,
        CASE
            WHEN odd THEN 'float'
            WHEN kind_of IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')
                THEN CASE WHEN regexp_full_match(text, '\s*-?[0-9]+\s*') THEN 'int' ELSE 'float' END
            WHEN kind_of = 'BOOLEAN' THEN 'bool'
            WHEN kind_of = 'ARRAY' THEN 'list'
            WHEN kind_of = 'OBJECT' THEN 'object'
            WHEN kind_of = 'NULL' THEN 'null'
            ELSE 'text'
        END AS type
    FROM (
        SELECT run_id, key, value, coalesce(data IS NULL, true) AS broken,
            CASE WHEN data IS NULL THEN to_json(coalesce(text, '')) ELSE data END AS data,
            coalesce(text, '') AS text,
            json_type(data) AS kind_of,
            value IS NOT NULL AND text IN ('"nan"', '"inf"', '"-inf"') AS odd
        FROM (
            SELECT run_id, key, value, text, TRY_CAST(text AS JSON) AS data
            FROM internal.log
            WHERE kind = 'param' AND run_id NOT IN (SELECT run_id FROM internal.trash)
            QUALIFY row_number() OVER (
                PARTITION BY run_id, key ORDER BY time DESC, writer DESC, seq DESC
            ) = 1
        )
    )
)
ORDER BY run_id, key;

-- view: tags
SELECT run_id, key AS tag, coalesce(text, '') AS value, time
FROM (
    SELECT run_id, key, text, time, kind
    FROM internal.log
    WHERE kind IN ('tag', 'untag') AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
WHERE kind = 'tag'
ORDER BY run_id, tag;

-- view: notes
SELECT run_id, key, text, time
FROM (
    SELECT run_id, key, text, time
    FROM internal.log
    WHERE kind = 'note' AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
WHERE text <> ''
ORDER BY run_id, key;

-- view: environment
SELECT run_id, section, data
FROM internal.starts
WHERE section <> 'author' AND data IS NOT NULL
    AND run_id NOT IN (SELECT run_id FROM internal.trash)
QUALIFY row_number() OVER (
    PARTITION BY run_id, section ORDER BY time DESC, writer DESC, seq DESC
) = 1
ORDER BY run_id, section;

-- view: runs
WITH section AS (
    SELECT run_id,
        any_value(data) FILTER (section = 'host') AS host,
        any_value(data) FILTER (section = 'command') AS command,
        any_value(data) FILTER (section = 'python') AS python,
        any_value(data) FILTER (section = 'git') AS git,
        any_value(data) FILTER (section = 'seed') AS seed
    FROM environment GROUP BY run_id
),
tagged AS (
    SELECT run_id,
        list(CASE value WHEN '' THEN tag ELSE tag || '=' || value END ORDER BY tag) AS tags
    FROM tags GROUP BY run_id
),
counted AS (SELECT run_id, sum(points)::BIGINT AS points FROM summary GROUP BY run_id)
SELECT
    b.run_id, n.name, coalesce(i.experiment, 'default') AS experiment, i."group", i.parent,
    coalesce(l.status, 'stalled') AS status,
    b.started,
    CASE WHEN l.status IN ('finished', 'failed', 'killed') THEN coalesce(l.ended, l.last_said) END
        AS ended,
    l.seconds,
    s.host ->> '$.user' AS "user", s.host ->> '$.host' AS host,
    array_to_string(
        list_transform(
            TRY_CAST(s.command -> '$.argv' AS VARCHAR[]),
            lambda word: CASE
                WHEN regexp_full_match(word, '[A-Za-z0-9_@%+=:,./-]+') THEN word
                ELSE '''' || replace(word, '''', '''"''"''') || ''''
            END
        ), ' '
    ) AS command,
    s.command ->> '$.script' AS script, s.python ->> '$.version' AS python,
    s.git ->> '$.commit' AS git_commit, s.git ->> '$.branch' AS git_branch,
    TRY_CAST(s.git ->> '$.dirty' AS BOOLEAN) AS git_dirty, s.git ->> '$.remote' AS git_remote,
    TRY_CAST(s.seed ->> '$.value' AS BIGINT) AS seed,
    coalesce(t.tags, []) AS tags,
    coalesce(c.points, 0) AS points,
    TRY_CAST(l.detail ->> '$.exit_code' AS INTEGER) AS exit_code,
    nullif(
        concat_ws(
            ': ', l.detail ->> '$.exception.type',
            nullif(split_part(l.detail ->> '$.exception.message', chr(10), 1), '')
        ), ''
    ) AS error,
    o.text AS note,
    coalesce(l.pending, 0) AS pending, coalesce(l.dropped, 0) AS dropped
FROM internal.begun b
JOIN internal.names n ON n.run_id = b.run_id
LEFT JOIN internal.lives l ON l.run_id = b.run_id
LEFT JOIN internal.identity i ON i.run_id = b.run_id
LEFT JOIN section s ON s.run_id = b.run_id
LEFT JOIN tagged t ON t.run_id = b.run_id
LEFT JOIN counted c ON c.run_id = b.run_id
LEFT JOIN notes o ON o.run_id = b.run_id AND o.key = ''
ORDER BY b.started, b.run_id;

-- view: artifacts
SELECT run_id, key AS path, data ->> '$.type' AS type, data ->> '$.digest' AS digest,
    TRY_CAST(value AS BIGINT) AS size, data ->> '$.media_type' AS media_type, step,
    data ->> '$.caption' AS caption, data ->> '$.uri' AS uri, data AS info, time
FROM (
    SELECT run_id, key, step, value, time, TRY_CAST(text AS JSON) AS data
    FROM internal.log
    WHERE kind = 'artifact' AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key, step ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
ORDER BY run_id, path, step NULLS FIRST;

-- view: datasets
SELECT run_id, key AS name, data ->> '$.role' AS role, data ->> '$.digest' AS digest,
    TRY_CAST(data ->> '$.rows' AS BIGINT) AS rows,
    TRY_CAST(data ->> '$.columns' AS BIGINT) AS columns,
    TRY_CAST(value AS BIGINT) AS size, data ->> '$.source' AS source,
    data ->> '$.blob' AS blob, data -> '$.schema' AS schema, time
FROM (
    SELECT run_id, key, value, time, writer, seq, TRY_CAST(text AS JSON) AS data
    FROM internal.log
    WHERE kind = 'dataset' AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key, data ->> '$.role' ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
ORDER BY run_id, name, role NULLS FIRST;

-- view: models
WITH aliases AS (
    SELECT m.name, m.alias, r.version
    FROM internal.modelled m
    JOIN internal.registered r ON r.name = m.name AND (
        r.version = m.version
        OR (m.version IS NULL AND r.run_id = m.run_id
            AND r.artifact IS NOT DISTINCT FROM m.artifact
            AND r.digest IS NOT DISTINCT FROM m.digest)
    )
    WHERE m.alias <> ''
    QUALIFY row_number() OVER (
        PARTITION BY m.name, m.alias ORDER BY m.time DESC, m.writer DESC, m.seq DESC
    ) = 1
)
SELECT r.run_id, r.name, r.version,
    (SELECT string_agg(a.alias, ', ' ORDER BY a.alias) FROM aliases a
        WHERE a.name = r.name AND a.version = r.version) AS alias,
    r.artifact, r.digest, r.time
FROM internal.registered r
WHERE r.run_id NOT IN (SELECT run_id FROM internal.trash)
ORDER BY r.name, r.version;

-- view: system
SELECT m.run_id, m.key, m.value, (epoch_us(m.time) - epoch_us(b.started)) / 1e6 AS seconds, m.time
FROM internal.samples m
JOIN internal.begun b ON b.run_id = m.run_id;

-- view: output
SELECT run_id, step AS line, key AS stream, text, time
FROM internal.log
WHERE kind = 'output' AND run_id NOT IN (SELECT run_id FROM internal.trash)
ORDER BY run_id, time, writer, seq;

-- view: histograms
SELECT run_id, key, step, TRY_CAST(data -> '$.edges' AS DOUBLE[]) AS edges,
    TRY_CAST(data -> '$.counts' AS DOUBLE[]) AS counts
FROM (
    SELECT run_id, key, step, TRY_CAST(text AS JSON) AS data
    FROM internal.log
    WHERE kind = 'histogram' AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key, step ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
ORDER BY run_id, key, step NULLS FIRST;

-- view: matrices
SELECT run_id, key, step, TRY_CAST(data -> '$.labels' AS VARCHAR[]) AS labels,
    data -> '$.rows' AS rows
FROM (
    SELECT run_id, key, step, TRY_CAST(text AS JSON) AS data
    FROM internal.log
    WHERE kind = 'matrix' AND run_id NOT IN (SELECT run_id FROM internal.trash)
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key, step ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
)
ORDER BY run_id, key, step NULLS FIRST;

-- view: changes
SELECT l.run_id, l.time, l.writer,
    coalesce(a.data ->> '$.user', TRY_CAST(l.text AS JSON) ->> '$.author') AS author,
    l.kind AS action, l.key, l.text
FROM internal.log l
LEFT JOIN internal.starts a
    ON a.run_id = l.run_id AND a.writer = l.writer AND a.section = 'author'
LEFT JOIN internal.training t ON t.run_id = l.run_id AND t.writer = l.writer
WHERE (l.kind IN ('rename', 'drop', 'trash', 'restore', 'untag')
        OR (l.kind IN ('tag', 'note', 'artifact', 'model', 'param') AND t.writer IS NULL))
    AND l.run_id NOT IN (SELECT run_id FROM internal.trash)
ORDER BY l.run_id, l.time, l.writer, l.seq;

-- view: experiments
SELECT experiment, count(*) AS runs,
    count(*) FILTER (status = 'finished') AS finished,
    count(*) FILTER (status = 'running') AS running,
    count(*) FILTER (status IN ('failed', 'killed')) AS failed,
    min(started) AS first_started, max(started) AS last_started
FROM runs
GROUP BY experiment
ORDER BY experiment;

-- view: trashed
SELECT t.run_id, n.name, t.time,
    coalesce(t.data ->> '$.author', a.data ->> '$.user') AS author, t.data ->> '$.reason' AS reason
FROM internal.trash t
JOIN internal.names n ON n.run_id = t.run_id
LEFT JOIN internal.starts a
    ON a.run_id = t.run_id AND a.writer = t.writer AND a.section = 'author'
ORDER BY t.time, t.run_id;

-- view: sessions
SELECT run_id, writer, state, last_seen
FROM internal.sessions
WHERE run_id NOT IN (SELECT run_id FROM internal.trash)
ORDER BY run_id, last_seen, writer;

-- view: facts
SELECT run_id, writer, seq, time, kind, key, step, value, text FROM internal.log
UNION ALL
SELECT run_id, writer, seq, time, 'metric', said, step, value, text FROM internal.points
UNION ALL
SELECT run_id, writer, seq, time, 'system', key, step, value, text FROM internal.samples;
