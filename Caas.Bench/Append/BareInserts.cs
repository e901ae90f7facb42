using System.Globalization;
using Caas.Adapters.Sqlite;
using Microsoft.Data.Sqlite;

namespace Caas.Bench.Append;

/// <summary>What SQLite does when nothing stands before it: the same rows (of as many senders in as many rooms) into the same table with the same indexes and pragmas, one prepared statement, one connection.</summary>
internal sealed class BareInserts : IDisposable
{
    // Holds the file open: who closes it last empties its WAL, and the first commits into a new one are slower.
    private readonly SqliteDatabase _schema;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _log;
    private readonly SqliteParameter _actor;
    private readonly SqliteParameter _seq;
    private readonly SqliteParameter _id;
    private readonly SqliteParameter _client;
    private readonly string[] _logs = [.. Enumerable.Range(0, MessageLoad.Rooms).Select(MessageLoad.Room)];
    private readonly string[] _actors = [.. Enumerable.Range(0, MessageLoad.Senders).Select(MessageLoad.Sender)];
    private long _next;

    public BareInserts(string connectionString)
    {
        _schema = new(connectionString);
        _connection = new($"{connectionString};Pooling=False");
        _connection.Open();
        Run("PRAGMA secure_delete = ON");
        Run("PRAGMA synchronous = FULL");
        Run("PRAGMA cache_size = -32768");
        Run("PRAGMA journal_size_limit = 67108864");
        _insert = _connection.CreateCommand();
        _insert.CommandText =
            """
            INSERT INTO entries (tenant, log, seq, message_no, target, rev, at, deleted, id, type, actor, client_message_id, content_hash, data, message)
            VALUES ('acme', $log, $seq, $seq, 0, $seq, 1700000000000, 0, $id, 'message.created', $actor, $client, 'hash of hello, this is a message of usual length', NULL, $message)
            """;
        _log = _insert.Parameters.Add("$log", SqliteType.Text);
        _actor = _insert.Parameters.Add("$actor", SqliteType.Text);
        _seq = _insert.Parameters.Add("$seq", SqliteType.Integer);
        _id = _insert.Parameters.Add("$id", SqliteType.Text);
        _client = _insert.Parameters.Add("$client", SqliteType.Text);
        _insert.Parameters.AddWithValue("$message", $$"""{"text":"{{MessageLoad.Text}}","attachments":[],"mentions":[],"reactions":{},"replyCount":0}""");
        _insert.Prepare();
    }

    /// <summary>Makes every commit slower.</summary>
    public void Delay(SlowCommits delay) => delay.Install(_connection);

    /// <summary>One durable transaction of so many rows.</summary>
    public void Transaction(int rows)
    {
        Run("BEGIN IMMEDIATE");
        for (var row = 0; row < rows; row++, _next++)
        {
            (_log.Value, _actor.Value) = (_logs[_next % MessageLoad.Rooms], _actors[_next % MessageLoad.Senders]);
            (_seq.Value, _id.Value, _client.Value) = (1 + (_next / MessageLoad.Rooms), Guid.CreateVersion7().ToString(), _next.ToString(CultureInfo.InvariantCulture));
            _insert.ExecuteNonQuery();
        }

        Run("COMMIT");
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
        _schema.Dispose();
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
