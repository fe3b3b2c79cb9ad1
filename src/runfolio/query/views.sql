-- The public views of a store, as plain SQL over its facts.
--
-- Each section is one SELECT. Relations in the schema `internal` are steps on the way and may
-- change at any time; the others are public, and views.py explains every column of them.
-- Two things come from outside: the facts (internal.log, internal.series and internal.machine:
-- the rows of kind metric, of kind system, and all others) and internal.sessions.
-- Where one fact must win, the last one by (time, writer, seq) does.

-- view: internal.spoken
-- When each writer of each run spoke first and last.
SELECT run_id, writer, min(first_said) AS first_said, max(last_said) AS last_said
FROM (
    SELECT run_id, writer, min(time) AS first_said, max(time) AS last_said
    FROM internal.log GROUP BY run_id, writer
    UNION ALL
    SELECT run_id, writer, min(time), max(time) FROM internal.series GROUP BY run_id, writer
    UNION ALL
    SELECT run_id, writer, min(time), max(time) FROM internal.machine GROUP BY run_id, writer
)
GROUP BY run_id, writer
ORDER BY run_id, writer;

-- view: internal.starts
-- The start facts with their JSON parsed; text that is no JSON becomes null.
SELECT run_id, writer, time, seq, key AS section, TRY_CAST(text AS JSON) AS data
FROM internal.log
WHERE kind = 'start'
ORDER BY run_id, time, writer, seq;

-- view: internal.trash
-- The runs that are in the trash now.
SELECT run_id, time, writer, TRY_CAST(text AS JSON) AS data
FROM (
    SELECT run_id, time, writer, kind, text
    FROM internal.log
    WHERE kind IN ('trash', 'restore')
    QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY time DESC, writer DESC, seq DESC) = 1
)
WHERE kind = 'trash'
ORDER BY run_id;

-- view: internal.training
-- One row for each writer of a training process: one that said who the run is.
SELECT
    b.run_id, b.writer, b.began, p.last_said, e.ended, e.outcome, e.detail,
    CASE
        WHEN isfinite(e.seconds) AND e.seconds BETWEEN 0 AND 1e10 THEN e.seconds
        ELSE greatest(0, (epoch_us(p.last_said) - epoch_us(b.began)) / 1e6)
    END AS seconds,
    coalesce(s.state, 'closed') AS state
FROM (
    SELECT run_id, writer, min(time) AS began
    FROM internal.starts WHERE section = 'run' GROUP BY run_id, writer
) b
JOIN internal.spoken p ON p.run_id = b.run_id AND p.writer = b.writer
LEFT JOIN (
    SELECT run_id, writer, time AS ended, key AS outcome, value AS seconds,
        TRY_CAST(text AS JSON) AS detail
    FROM internal.log
    WHERE kind = 'end'
    QUALIFY row_number() OVER (PARTITION BY run_id, writer ORDER BY time DESC, seq DESC) = 1
) e ON e.run_id = b.run_id AND e.writer = b.writer
LEFT JOIN internal.sessions s ON s.run_id = b.run_id AND s.writer = b.writer
ORDER BY b.run_id, b.began, b.writer;

-- view: internal.lives
-- How each run went: any living writer means running; else the newest training writer's end
-- counts; without an end it was killed when its process is dead, and has stalled otherwise.
-- The seconds of several writers are added, but time in which two of them ran counts once.
WITH pieces AS (
    SELECT *,
        max(epoch_us(began) + seconds * 1e6) OVER (
            PARTITION BY run_id ORDER BY began, writer
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier,
        row_number() OVER (PARTITION BY run_id ORDER BY began DESC, writer DESC) AS age
    FROM internal.training
)
SELECT
    run_id,
    min(began) AS started,
    CASE
        WHEN bool_or(state = 'alive' AND outcome IS NULL) THEN 'running'
        WHEN max(outcome) FILTER (age = 1) IN ('finished', 'failed', 'killed')
            THEN max(outcome) FILTER (age = 1)
        WHEN bool_or(state = 'dead') FILTER (age = 1) THEN 'killed'
        ELSE 'stalled'
    END AS status,
    max(ended) FILTER (age = 1) AS ended,
    max(last_said) AS last_said,
    sum(
        greatest(0, seconds - greatest(0, coalesce(earlier - epoch_us(began), 0) / 1e6))
        ORDER BY began, writer
    ) AS seconds,
    any_value(detail) FILTER (age = 1) AS detail,
    sum(coalesce(TRY_CAST(detail ->> '$.dropped' AS BIGINT), 0))::BIGINT AS dropped,
    sum(coalesce(TRY_CAST(detail ->> '$.pending' AS BIGINT), 0))::BIGINT AS pending
FROM pieces
GROUP BY run_id
ORDER BY run_id;

-- view: internal.begun
-- When each run that is not in the trash began.
SELECT p.run_id, coalesce(min(l.started), min(p.first_said)) AS started
FROM internal.spoken p
LEFT JOIN internal.lives l ON l.run_id = p.run_id
WHERE p.run_id NOT IN (SELECT run_id FROM internal.trash)
GROUP BY p.run_id
ORDER BY p.run_id;

-- view: internal.corrected
-- The names of the metrics of corrected runs after each correction, one after the other.
WITH RECURSIVE corrections AS (
    SELECT run_id, kind, text, time, writer, seq,
        CASE kind WHEN 'rename' THEN substr(key, 8) ELSE key END AS target,
        row_number() OVER (PARTITION BY run_id ORDER BY time, writer, seq) AS turn
    FROM internal.log
    WHERE kind = 'drop' OR (kind = 'rename' AND starts_with(key, 'metric:') AND text <> '')
),
named AS (
    SELECT run_id, 0::BIGINT AS turn, list({'said': key, 'now': key} ORDER BY key) AS names
    FROM (
        SELECT DISTINCT run_id, key FROM internal.series
        WHERE run_id IN (SELECT run_id FROM corrections)
    )
    GROUP BY run_id
    UNION ALL
    SELECT n.run_id, c.turn,
        CASE
            WHEN c.kind = 'drop' THEN n.names
            WHEN list_contains(list_transform(n.names, lambda x: x.now), c.target)
                THEN list_transform(n.names, lambda x:
                    {'said': x.said, 'now': CASE x.now WHEN c.target THEN c.text ELSE x.now END})
            ELSE list_transform(n.names, lambda x:
                    {'said': x.said, 'now': CASE x.said WHEN c.target THEN c.text ELSE x.now END})
        END
    FROM named n
    JOIN corrections c ON c.run_id = n.run_id AND c.turn = n.turn + 1
)
SELECT n.run_id, n.turn, n.names, c.kind, c.target, c.text, c.time, c.writer, c.seq
FROM named n
LEFT JOIN corrections c ON c.run_id = n.run_id AND c.turn = n.turn + 1
ORDER BY n.run_id, n.turn;

-- view: internal.dropped
-- Points taken away: of which metric (by its first name), which steps, and said before when.
SELECT run_id, n.said AS said, time, writer, seq,
    coalesce(TRY_CAST(data ->> '$.all' AS BOOLEAN), false) AS whole,
    coalesce(TRY_CAST(data ->> '$.from' AS BIGINT), -9223372036854775807) AS low,
    coalesce(TRY_CAST(data ->> '$.to' AS BIGINT), 9223372036854775807) AS high
FROM (
    SELECT run_id, time, writer, seq, TRY_CAST(text AS JSON) AS data,
        unnest(
            CASE
                WHEN list_contains(list_transform(names, lambda x: x.now), target)
                    THEN list_filter(names, lambda x: x.now = target)
                ELSE list_filter(names, lambda x: x.said = target)
            END
        ) AS n
    FROM internal.corrected
    WHERE kind = 'drop'
)
ORDER BY run_id, said, time, writer, seq;

-- view: internal.amended
-- For each metric of a corrected run: its name now, and the drops that concern it.
SELECT c.run_id, c.n.said AS said, c.n.now AS now, d.drops
FROM (SELECT run_id, unnest(names) AS n FROM internal.corrected WHERE kind IS NULL) c
LEFT JOIN (
    SELECT run_id, said,
        list({
            'whole': whole, 'low': low, 'high': high, 'time': time, 'writer': writer, 'seq': seq
        } ORDER BY time, writer, seq) AS drops
    FROM internal.dropped
    GROUP BY run_id, said
) d ON d.run_id = c.run_id AND d.said = c.n.said
ORDER BY c.run_id, said;

-- view: internal.points
-- Every point under the name that it has now, in the order of its series. `place` is its row, so
-- that "the last one" of a series is the one with the highest place; `replaced` marks a point
-- whose step was logged again later, `gone` one that was dropped.
SELECT *,
    row_number() OVER () AS place,
    coalesce(
        step = lead(step) OVER () AND key = lead(key) OVER () AND run_id = lead(run_id) OVER ()
            AND gone = lead(gone) OVER (),
        false
    ) AS replaced
FROM (
    SELECT
        s.run_id, coalesce(a.now, s.key) AS key, s.key AS said, s.step, s.value, s.time,
        s.writer, s.seq, s.text,
        a.drops IS NOT NULL AND len(list_filter(a.drops, lambda d:
            (d.whole OR coalesce(s.step BETWEEN d.low AND d.high, false))
            AND (s.time, s.writer, s.seq) < (d.time, d.writer, d.seq)
        )) > 0 AS gone
    FROM internal.series s
    LEFT JOIN internal.amended a ON a.run_id = s.run_id AND a.said = s.key
    ORDER BY gone, s.run_id, coalesce(a.now, s.key), s.step NULLS FIRST, s.time, s.writer, s.seq
);

-- view: internal.samples
-- Every sample of the machine in the order of its series, like internal.points.
SELECT *, row_number() OVER () AS place, false AS gone, false AS replaced
FROM (
    SELECT run_id, key, key AS said, step, value, time, writer, seq, text
    FROM internal.machine
    ORDER BY run_id, key, time, writer, seq
);

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

-- view: internal.identity
-- What the training writers said about who the run is; the last word that is not empty counts.
SELECT
    run_id,
    arg_max(data ->> '$.name', (time, writer, seq)) FILTER ((data ->> '$.name') <> '') AS name,
    arg_max(data ->> '$.experiment', (time, writer, seq))
        FILTER ((data ->> '$.experiment') <> '') AS experiment,
    arg_max(data ->> '$.group', (time, writer, seq)) FILTER ((data ->> '$.group') <> '') AS "group",
    arg_max(data ->> '$.parent', (time, writer, seq)) FILTER ((data ->> '$.parent') <> '') AS parent
FROM internal.starts
WHERE section = 'run'
GROUP BY run_id
ORDER BY run_id;

-- view: internal.names
-- The name that each run goes by, those in the trash too.
SELECT p.run_id, coalesce(r.name, any_value(i.name), p.run_id) AS name
FROM (SELECT DISTINCT run_id FROM internal.spoken) p
LEFT JOIN internal.identity i ON i.run_id = p.run_id
LEFT JOIN (
    SELECT run_id, text AS name
    FROM internal.log
    WHERE kind = 'rename' AND key = 'run' AND text <> ''
    QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY time DESC, writer DESC, seq DESC) = 1
) r ON r.run_id = p.run_id
GROUP BY p.run_id, r.name
ORDER BY p.run_id;

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

-- view: internal.registered
-- Model versions of all runs: the order of registration numbers them, from 1 without gaps.
SELECT *, row_number() OVER (PARTITION BY name ORDER BY time, writer, seq) AS version
FROM (
    SELECT run_id, key AS name, data ->> '$.artifact' AS artifact, data ->> '$.digest' AS digest,
        time, writer, seq
    FROM (SELECT *, TRY_CAST(text AS JSON) AS data FROM internal.log WHERE kind = 'model')
    WHERE (data ->> '$.artifact') IS NOT NULL OR (data ->> '$.digest') IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY run_id, key, data ->> '$.artifact', data ->> '$.digest'
        ORDER BY time, writer, seq
    ) = 1
)
ORDER BY name, version;

-- view: models
WITH aliases AS (
    SELECT m.name, m.alias, r.version
    FROM (
        SELECT key AS name, run_id, data ->> '$.alias' AS alias, data ->> '$.artifact' AS artifact,
            data ->> '$.digest' AS digest, TRY_CAST(data ->> '$.version' AS BIGINT) AS version,
            time, writer, seq
        FROM (SELECT *, TRY_CAST(text AS JSON) AS data FROM internal.log WHERE kind = 'model')
        WHERE (data ->> '$.alias') <> ''
    ) m
    JOIN internal.registered r ON r.name = m.name AND (
        (r.run_id = m.run_id AND r.artifact IS NOT DISTINCT FROM m.artifact
            AND r.digest IS NOT DISTINCT FROM m.digest)
        OR (m.artifact IS NULL AND m.digest IS NULL AND r.version = m.version)
    )
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
