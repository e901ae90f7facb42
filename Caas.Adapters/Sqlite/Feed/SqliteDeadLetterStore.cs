using Caas.Core.Events;

namespace Caas.Adapters.Sqlite.Feed;

/// <summary>Dead letters in SQLite.</summary>
public sealed class SqliteDeadLetterStore(SqliteDatabase database) : IDeadLetterStore
{
    /// <inheritdoc/>
    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO dead_letters (consumer_group, topic, record_key, record_id, cloud_event, reason, at)
                    VALUES ($group, $topic, $key, $record, $event, $reason, $at)
                    ON CONFLICT (consumer_group, topic, record_id) DO NOTHING
                    """,
                    letter.Group, letter.Topic, letter.Key, letter.RecordId, letter.CloudEvent, letter.Reason, letter.At.ToUnixTimeMilliseconds());
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DeadLetter>>(
            connection => connection.List(
                reader => new DeadLetter(group, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.Time(5)),
                "SELECT topic, record_key, record_id, cloud_event, reason, at FROM dead_letters WHERE consumer_group = $group ORDER BY number DESC LIMIT $limit",
                group, limit),
            cancellationToken);
}
