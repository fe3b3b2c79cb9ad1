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
                || CASE WHEN contains(
                    trim(l.detail ->> '$.exception.message', chr(10) || chr(13) || ' '), chr(10)
                ) THEN ' …' ELSE '' END
        ), ''
    ) AS error,
    o.text AS note,
    coalesce(l.pending, 0) AS pending, coalesce(l.dropped, 0) AS dropped, '' AS origin
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
WITH held AS (
    SELECT name, version, string_agg(alias, ', ' ORDER BY alias) AS alias
    FROM (
        SELECT name, version, alias, action
        FROM internal.versioned
        WHERE alias IS NOT NULL AND (version IS NOT NULL OR action = 'unalias')
            AND action IN ('register', 'alias', 'unalias')
        QUALIFY row_number() OVER (
            PARTITION BY name, alias ORDER BY time DESC, writer DESC, seq DESC
        ) = 1
    )
    WHERE action <> 'unalias'
    GROUP BY name, version
),
said AS (
    SELECT name, version, text
    FROM internal.versioned
    WHERE action = 'note'
    QUALIFY row_number() OVER (
        PARTITION BY name, version ORDER BY time DESC, writer DESC, seq DESC
    ) = 1
),
taken AS (
    SELECT origin, path, digest, count(DISTINCT run_id) AS uses
    FROM internal.used
    WHERE type = 'model'
    GROUP BY origin, path, digest
)
SELECT r.run_id, r.name, r.version, h.alias, r.artifact, r.digest, r.time,
    nullif(n.text, '') AS note, nullif(d.text, '') AS description, coalesce(t.uses, 0) AS uses
FROM internal.registered r
LEFT JOIN held h ON h.name = r.name AND h.version = r.version
LEFT JOIN said n ON n.name = r.name AND n.version = r.version
LEFT JOIN said d ON d.name = r.name AND d.version IS NULL
LEFT JOIN taken t ON t.origin = r.run_id AND t.path = r.artifact
    AND t.digest IS NOT DISTINCT FROM r.digest
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
    l.kind AS action, l.key, l.text, l.seq, u.seq IS NOT NULL AS undone
FROM internal.log l
LEFT JOIN internal.starts a
    ON a.run_id = l.run_id AND a.writer = l.writer AND a.section = 'author'
LEFT JOIN internal.training t ON t.run_id = l.run_id AND t.writer = l.writer
LEFT JOIN internal.undone u ON u.run_id = l.run_id AND u.writer = l.writer AND u.seq = l.seq
WHERE (l.kind IN ('rename', 'drop', 'undo', 'trash', 'restore', 'untag')
        OR (l.kind IN ('tag', 'note', 'artifact', 'model', 'param') AND t.writer IS NULL))
    AND l.run_id NOT IN (SELECT run_id FROM internal.trash)
    OR l.kind = 'purge'
UNION ALL
SELECT p.run_id, min(p.time), p.writer, any_value(w.data ->> '$.user'), 'metric', p.key,
    CASE count(*) WHEN 1 THEN any_value(p.value)::VARCHAR ELSE count(*) || ' points' END,
    min(p.seq), false
FROM internal.points p
JOIN internal.starts w ON w.run_id = p.run_id AND w.writer = p.writer AND w.section = 'author'
WHERE p.run_id NOT IN (SELECT run_id FROM internal.trash)
    AND (p.run_id, p.writer) NOT IN (SELECT (run_id, writer) FROM internal.training)
GROUP BY p.run_id, p.writer, p.key;

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
SELECT t.run_id, coalesce(nullif(t.data ->> '$.name', ''), n.name) AS name, t.time,
    coalesce(t.data ->> '$.author', a.data ->> '$.user') AS author, t.data ->> '$.reason' AS reason,
    CASE WHEN t.purged THEN 'purged' ELSE 'trashed' END AS state
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

-- view: model_history
WITH events AS (
    SELECT name, time, CASE action WHEN 'register' THEN 'alias' ELSE action END AS action,
        version, alias,
        lag(CASE action WHEN 'unalias' THEN NULL ELSE version END) OVER changes AS was,
        lead(time) OVER changes AS until,
        NULL AS text, run_id, writer, seq
    FROM internal.versioned
    WHERE alias IS NOT NULL AND action IN ('register', 'alias', 'unalias')
    WINDOW changes AS (PARTITION BY name, alias ORDER BY time, writer, seq)
    UNION ALL
    SELECT name, time, action, version, NULL, NULL, NULL, text, run_id, writer, seq
    FROM internal.versioned
    WHERE action IN ('register', 'note')
)
SELECT e.name, e.time, e.action, e.version, e.alias, e.was,
    CASE e.action WHEN 'alias' THEN e.until END AS until, e.text,
    coalesce(a.data ->> '$.user', h.data ->> '$.user') AS author, e.run_id, e.writer, e.seq
FROM events e
LEFT JOIN internal.starts a
    ON a.run_id = e.run_id AND a.writer = e.writer AND a.section = 'author'
LEFT JOIN internal.starts h
    ON h.run_id = e.run_id AND h.writer = e.writer AND h.section = 'host'
WHERE e.run_id NOT IN (SELECT run_id FROM internal.trash)
ORDER BY e.name, e.time, e.writer, e.seq, e.action DESC;

-- view: dataset_versions
SELECT name, row_number() OVER (PARTITION BY name ORDER BY far, known, digest) AS version,
    digest, rows, columns, size, roles, source, blob, runs, run_ids, first_time, last_time
FROM (
    SELECT name, digest, any_value(rows ORDER BY far, time, run_id) AS rows,
        any_value(columns ORDER BY far, time, run_id) AS columns,
        any_value(size ORDER BY far, time, run_id) AS size,
        list(DISTINCT coalesce(role, '') ORDER BY coalesce(role, '')) AS roles,
        any_value(nullif(source, '') ORDER BY far, time, run_id) AS source,
        any_value(blob ORDER BY far, time, run_id) AS blob,
        count(DISTINCT run_id) AS runs, list(DISTINCT run_id ORDER BY run_id) AS run_ids,
        min(time) AS first_time, max(time) AS last_time,
        bool_and(far) AS far, coalesce(min(time) FILTER (NOT far), min(time)) AS known
    FROM (
        SELECT d.*, r.origin <> '' AS far
        FROM datasets d
        JOIN runs r ON r.run_id = d.run_id
    )
    WHERE digest IS NOT NULL
    GROUP BY name, digest
)
ORDER BY name, version;

-- view: lineage
WITH given AS (
    SELECT d.run_id, d.name, d.role, d.digest, d.size, d.time, r.origin AS place,
        coalesce(d.role, '') IN ('output', 'produced', 'generated') AS made
    FROM datasets d
    JOIN runs r ON r.run_id = d.run_id
),
made AS (
    SELECT a.run_id, a.digest, a.time, r.origin AS place
    FROM artifacts a
    JOIN runs r ON r.run_id = a.run_id
    LEFT JOIN given g ON g.run_id = a.run_id AND g.digest = a.digest AND NOT g.made
    WHERE a.digest IS NOT NULL AND g.run_id IS NULL
    UNION ALL
    SELECT run_id, digest, time, place FROM given WHERE made AND digest IS NOT NULL
),
traced AS (
    SELECT g.run_id, g.name, g.role, g.digest, g.size, g.time,
        arg_min(m.run_id, (m.time, m.run_id)) AS origin
    FROM given g
    LEFT JOIN made m ON m.digest = g.digest AND m.run_id <> g.run_id AND m.time <= g.time
        AND (g.place <> '' OR m.place = '')
    WHERE NOT g.made
    GROUP BY g.run_id, g.name, g.role, g.digest, g.size, g.time
)
SELECT run_id, direction, kind, name, version, role, path, digest, size, origin, time
FROM (
    SELECT run_id, 'input' AS direction, 'dataset' AS kind, name, NULL::BIGINT AS version, role,
        NULL AS path, digest, size, origin, time
    FROM traced
    UNION ALL
    SELECT run_id, 'output', 'dataset', name, NULL, role, NULL, digest, size, NULL, time
    FROM given WHERE made
    UNION ALL
    SELECT u.run_id, 'input', u.type, u.name, r.version, NULL, u.path, u.digest, u.size, u.origin,
        u.time
    FROM internal.used u
    LEFT JOIN internal.registered r
        ON u.type = 'model' AND r.name = u.name AND r.run_id = u.origin AND r.artifact = u.path
        AND r.digest IS NOT DISTINCT FROM u.digest
    UNION ALL
    SELECT run_id, 'output', 'model', name, version, NULL, artifact, digest, NULL, NULL, time
    FROM models
    UNION ALL
    SELECT run_id, 'output', 'artifact', path, NULL, NULL, path, digest, size, NULL, time
    FROM artifacts
)
ORDER BY run_id, direction, kind, name, time, digest, role;

-- view: duplicates
WITH code AS (
    SELECT run_id, git ->> '$.commit' AS git_commit, source ->> '$.digest' AS source,
        CASE
            WHEN TRY_CAST(git ->> '$.dirty' AS BOOLEAN)
                THEN coalesce(git ->> '$.diff_digest', run_id)
        END AS diff,
        command ->> '$.argv' AS argv
    FROM (
        SELECT run_id, any_value(data) FILTER (section = 'git') AS git,
            any_value(data) FILTER (section = 'source') AS source,
            any_value(data) FILTER (section = 'command') AS command
        FROM environment GROUP BY run_id
    )
),
told AS (
    SELECT run_id, to_json(list([key, type, text] ORDER BY key))::VARCHAR AS told
    FROM params
    WHERE NOT regexp_matches(
        lower(key), '(^|\.)(seed|random_seed|random_state|rng_seed|manual_seed|global_seed)$'
    )
    GROUP BY run_id
),
data AS (
    SELECT run_id,
        to_json(list(DISTINCT item ORDER BY item))::VARCHAR AS data
    FROM (
        SELECT run_id, concat_ws(' ', kind, role, coalesce(digest, concat_ws(' ', name, size)))
            AS item
        FROM lineage WHERE direction = 'input'
    )
    GROUP BY run_id
),
state AS (
    SELECT r.run_id, r.seed,
        md5(to_json([
            r.experiment, c.git_commit, c.diff, c.source,
            coalesce(t.told, c.argv), d.data
        ])::VARCHAR) AS group_id
    FROM runs r
    JOIN code c ON c.run_id = r.run_id
    LEFT JOIN told t ON t.run_id = r.run_id
    LEFT JOIN data d ON d.run_id = r.run_id
    WHERE c.git_commit IS NOT NULL OR c.source IS NOT NULL
)
SELECT group_id, run_id, seed, runs, CASE WHEN seed IS NOT NULL THEN same_seed > 1 END AS exact
FROM (
    SELECT *, count(*) OVER (PARTITION BY group_id) AS runs,
        count(*) OVER (PARTITION BY group_id, seed) AS same_seed
    FROM state
)
WHERE runs > 1
ORDER BY group_id, seed, run_id;
