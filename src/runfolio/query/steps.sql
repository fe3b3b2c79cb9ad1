-- Steps from the facts to the public views; they may change at any time.
--
-- Each section is one SELECT and needs only those before it. Two things come from outside: the
-- facts (internal.series and internal.machine: the rows of kind metric and of kind system;
-- internal.log: all others) and internal.sessions.
-- Where one fact must win, the last one by (time, writer, seq) does.

-- view: internal.spoken
-- When each writer of each run spoke first and last, how many facts it said, and the last's number.
SELECT run_id, writer, min(first_said) AS first_said, max(last_said) AS last_said,
    sum(facts)::BIGINT AS facts, max(last_seq) AS last_seq
FROM (
    SELECT run_id, writer, min(time) AS first_said, max(time) AS last_said,
        count(*) AS facts, max(seq) AS last_seq
    FROM internal.log GROUP BY run_id, writer
    UNION ALL
    SELECT run_id, writer, min(time), max(time), count(*), max(seq)
    FROM internal.series GROUP BY run_id, writer
    UNION ALL
    SELECT run_id, writer, min(time), max(time), count(*), max(seq)
    FROM internal.machine GROUP BY run_id, writer
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
-- The runs that are in the trash now, or were purged.
SELECT run_id, time, writer, kind = 'purge' AS purged, TRY_CAST(text AS JSON) AS data
FROM (
    SELECT run_id, time, writer, kind, text
    FROM internal.log
    WHERE kind IN ('trash', 'restore', 'purge')
    QUALIFY row_number() OVER (
        PARTITION BY run_id ORDER BY kind = 'purge' DESC, time DESC, writer DESC, seq DESC
    ) = 1
)
WHERE kind <> 'restore'
ORDER BY run_id;

-- view: internal.undone
-- The corrections that were taken back: which fact of which writer each of them was.
SELECT DISTINCT run_id, split_part(key, ':', 1) AS writer,
    TRY_CAST(split_part(key, ':', 2) AS BIGINT) AS seq
FROM internal.log
WHERE kind = 'undo';

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
-- counts, or that of one beside it (a rank of the same training) that failed; without an end it
-- was killed when its process is dead, and has stalled otherwise.
-- The seconds of several writers are added, but time in which two of them ran counts once.
WITH spans AS (
    SELECT *,
        max(epoch_us(began) + seconds * 1e6) OVER (
            PARTITION BY run_id ORDER BY began, writer
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier,
        coalesce(ended, last_said) > max(began) OVER (PARTITION BY run_id) AS beside
    FROM internal.training
),
pieces AS (
    SELECT *,
        row_number() OVER (
            PARTITION BY run_id
            ORDER BY (beside AND outcome = 'failed') IS TRUE DESC, began DESC, writer DESC
        ) AS age
    FROM spans
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
    max(ended) FILTER (age = 1 OR beside) AS ended,
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
    ANTI JOIN internal.undone USING (run_id, writer, seq)
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
-- Points taken away: of which metric (by its first name), which steps, and said before when; or
-- which facts, {writer: [[lo, hi], ...]}.
SELECT run_id, n.said AS said, time, writer, seq,
    coalesce(TRY_CAST(data ->> '$.all' AS BOOLEAN), false) AS whole,
    CASE WHEN stepped
        THEN coalesce(TRY_CAST(data ->> '$.from' AS BIGINT), -9223372036854775807) END AS low,
    CASE WHEN stepped
        THEN coalesce(TRY_CAST(data ->> '$.to' AS BIGINT), 9223372036854775807) END AS high,
    TRY_CAST(data -> '$.facts' AS MAP(VARCHAR, BIGINT[][])) AS facts
FROM (
    SELECT run_id, time, writer, seq, TRY_CAST(text AS JSON) AS data,
        json_exists(data, '$.from') OR json_exists(data, '$.to') AS stepped,
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

-- view: internal.ranges
-- The facts that were taken away one by one, as ranges lo <= seq < hi. A later range of a metric and
-- writer reaches at least as far as those before it, so that the last one at or before a fact tells.
SELECT run_id, said, writer, lo,
    max(hi) OVER (
        PARTITION BY run_id, said, writer ORDER BY lo, hi
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS hi
FROM (
    SELECT run_id, said, entry.key AS writer, span[1] AS lo, span[2] AS hi
    FROM (
        SELECT run_id, said, entry, unnest(entry.value) AS span
        FROM (SELECT run_id, said, unnest(map_entries(facts)) AS entry FROM internal.dropped)
    )
);

-- view: internal.taken
-- The points within these ranges.
SELECT s.run_id, s.said, s.writer, s.seq
FROM (
    SELECT run_id, key AS said, writer, seq
    FROM internal.series
    WHERE run_id IN (SELECT run_id FROM internal.ranges)
) s
ASOF JOIN internal.ranges r
    ON r.run_id = s.run_id AND r.said = s.said AND r.writer = s.writer AND s.seq >= r.lo
WHERE s.seq < r.hi;

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
        )) > 0 OR t.seq IS NOT NULL AS gone
    FROM internal.series s
    LEFT JOIN internal.amended a ON a.run_id = s.run_id AND a.said = s.key
    LEFT JOIN internal.taken t
        ON t.run_id = s.run_id AND t.said = s.key AND t.writer = s.writer AND t.seq = s.seq
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

-- view: internal.ended_badly
-- The metrics whose last point is NaN or infinite.
SELECT run_id, key
FROM internal.points
WHERE NOT gone AND run_id IN (SELECT run_id FROM internal.begun)
GROUP BY run_id, key
HAVING NOT isfinite(arg_max(coalesce(value, 'nan'::DOUBLE), place))
ORDER BY run_id, key;

-- view: internal.identity
-- What the training writers said about who the run is, and people later about its experiment; the
-- last word that is not empty counts.
SELECT
    run_id,
    arg_max(experiment, (time, writer, seq)) FILTER (experiment <> '') AS experiment,
    arg_max("group", (time, writer, seq)) FILTER ("group" <> '') AS "group",
    arg_max(parent, (time, writer, seq)) FILTER (parent <> '') AS parent
FROM (
    SELECT run_id, time, writer, seq, data ->> '$.experiment' AS experiment,
        data ->> '$.group' AS "group", data ->> '$.parent' AS parent
    FROM internal.starts
    WHERE section = 'run'
    UNION ALL
    SELECT run_id, time, writer, seq, text, NULL, NULL
    FROM internal.log
    ANTI JOIN internal.undone USING (run_id, writer, seq)
    WHERE kind = 'rename' AND key = 'experiment'
)
GROUP BY run_id
ORDER BY run_id;

-- view: internal.names
-- The name that each run goes by, those in the trash too.
SELECT p.run_id, coalesce(n.name, p.run_id) AS name
FROM (SELECT DISTINCT run_id FROM internal.spoken) p
LEFT JOIN (
    SELECT run_id, arg_max(name, (time, writer, seq)) AS name
    FROM (
        SELECT run_id, data ->> '$.name' AS name, time, writer, seq
        FROM internal.starts WHERE section = 'run'
        UNION ALL
        SELECT run_id, text, time, writer, seq
        FROM internal.log
        ANTI JOIN internal.undone USING (run_id, writer, seq)
        WHERE kind = 'rename' AND key = 'run'
    )
    WHERE name <> ''
    GROUP BY run_id
) n ON n.run_id = p.run_id
ORDER BY p.run_id;

-- view: internal.modelled
-- What was said about registered models. Where nothing is said of the action, it registers without
-- a version, and with one it gives that version an alias. Versions of purged runs still count.
SELECT key AS name, run_id, data ->> '$.artifact' AS artifact, data ->> '$.digest' AS digest,
    TRY_CAST(data ->> '$.version' AS BIGINT) AS version, data ->> '$.alias' AS alias,
    coalesce(
        data ->> '$.action',
        CASE WHEN TRY_CAST(data ->> '$.version' AS BIGINT) IS NULL THEN 'register' ELSE 'alias' END
    ) AS action,
    data ->> '$.text' AS text, time, writer, seq
FROM (SELECT *, TRY_CAST(text AS JSON) AS data FROM internal.log WHERE kind = 'model')
UNION ALL
SELECT data ->> '$.name', run_id, concat('purged ', place), data ->> '$.digest', NULL, NULL,
    'register', NULL, make_timestamp(TRY_CAST(data ->> '$.time' AS BIGINT)), writer, seq
FROM (
    SELECT run_id, writer, seq, unnest(models) AS data,
        generate_subscripts(models, 1) AS place
    FROM (
        SELECT run_id, writer, seq,
            TRY_CAST(TRY_CAST(text AS JSON) -> '$.models' AS JSON[]) AS models
        FROM internal.log
        WHERE kind = 'purge'
    )
)
WHERE data ->> '$.name' IS NOT NULL AND TRY_CAST(data ->> '$.time' AS BIGINT) IS NOT NULL
ORDER BY name, time, writer, seq;

-- view: internal.registered
-- Model versions of all runs: the order of registration numbers them, from 1 without gaps.
SELECT run_id, name, artifact, digest, time,
    row_number() OVER (PARTITION BY name ORDER BY time, writer, seq) AS version
FROM (
    SELECT *
    FROM internal.modelled
    WHERE action = 'register'
    QUALIFY row_number() OVER (
        PARTITION BY run_id, name, artifact, digest ORDER BY time, writer, seq
    ) = 1
)
ORDER BY name, version;

-- view: internal.versioned
-- What was said about models, each with the version that it is about: the one of the same run,
-- artifact and digest, else the one with the number that was given.
SELECT m.name, m.run_id, m.action, nullif(m.alias, '') AS alias, m.text,
    coalesce(e.version, n.version) AS version, m.time, m.writer, m.seq
FROM internal.modelled m
LEFT JOIN internal.registered e
    ON e.name = m.name AND e.run_id = m.run_id
    AND e.artifact IS NOT DISTINCT FROM m.artifact AND e.digest IS NOT DISTINCT FROM m.digest
    AND (m.action = 'register' OR m.artifact IS NOT NULL OR m.digest IS NOT NULL)
LEFT JOIN internal.registered n ON n.name = m.name AND n.version = m.version
ORDER BY m.name, m.time, m.writer, m.seq;

-- view: internal.used
-- What runs started from, each thing once a run.
SELECT run_id, name, data ->> '$.type' AS type, data ->> '$.run' AS origin,
    data ->> '$.path' AS path, data ->> '$.digest' AS digest, size, time
FROM (
    SELECT run_id, key AS name, TRY_CAST(value AS BIGINT) AS size, time, writer, seq,
        TRY_CAST(text AS JSON) AS data
    FROM internal.log
    WHERE kind = 'use' AND run_id NOT IN (SELECT run_id FROM internal.trash)
)
QUALIFY row_number() OVER (
    PARTITION BY run_id, name, data ->> '$.type', data ->> '$.run', data ->> '$.path',
        data ->> '$.digest'
    ORDER BY time, writer, seq
) = 1
ORDER BY run_id, time, name;
