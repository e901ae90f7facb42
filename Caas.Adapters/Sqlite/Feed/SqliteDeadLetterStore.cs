using Caas.Core.Events;

namespace Caas.Adapters.Sqlite.Feed;

/// <summary>Dead letters in SQLite.</summary>
public sealed class SqliteDeadLetterStore(SqliteDatabase database) : IDeadLetterStore
{
    /// <inheritdoc/>
    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken) => AddAsync(letter, waiting: false, cancellationToken);

    /// <inheritdoc/>
    public Task AddWaitingAsync(DeadLetter letter, CancellationToken cancellationToken) => AddAsync(letter, waiting: true, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DeadLetter>>(
            connection => connection.List(
                reader => new DeadLetter(group, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.Time(5)),
                "SELECT topic, record_key, record_id, cloud_event, reason, at FROM dead_letters WHERE consumer_group = $group ORDER BY number DESC LIMIT $limit",
                group, limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeadLetter>> ListWaitingAsync(int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DeadLetter>>(
            connection => connection.List(
                reader => new DeadLetter(reader.GetString(6), reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.Time(5)),
                "SELECT topic, record_key, record_id, cloud_event, reason, at, consumer_group FROM dead_letters WHERE waiting = 1 ORDER BY number LIMIT $limit",
                limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task PublishedAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                foreach (var letter in letters)
                {
                    connection.Execute("UPDATE dead_letters SET waiting = 0 WHERE consumer_group = $group AND topic = $topic AND record_id = $record", letter.Group, letter.Topic, letter.RecordId);
                }
            },
            cancellationToken);

    private Task AddAsync(DeadLetter letter, bool waiting, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO dead_letters (consumer_group, topic, record_key, record_id, cloud_event, reason, at, waiting)
                    VALUES ($group, $topic, $key, $record, $event, $reason, $at, $waiting)
                    ON CONFLICT (consumer_group, topic, record_id) DO NOTHING
                    """,
                    letter.Group, letter.Topic, letter.Key, letter.RecordId, letter.CloudEvent, letter.Reason, letter.At.ToUnixTimeMilliseconds(), waiting ? 1 : 0);
            },
            cancellationToken);
}
