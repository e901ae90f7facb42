using System.Diagnostics;
using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Conversations;
using Caas.Core.OwnViews;
using Caas.Tests.Conversations;
using Microsoft.Data.Sqlite;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Sqlite;

/// <summary>
/// What the SQLite stores cost beside bare SQLite, on this machine. Run by hand, in a release build:
/// <c>dotnet run -c Release --project Caas.Tests -- -class Caas.Tests.Sqlite.SqliteFigures -explicit only -showLiveOutput</c>.
/// </summary>
public sealed class SqliteFigures(ITestOutputHelper output) : IDisposable
{
    private const int BatchSize = 64;

    private readonly TempFolder _folder = new();

    // A file of its own: a writer that sees another one's commits leaves room for it.
    private readonly TempFolder _bare = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _bare.Dispose();
    }

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Appends_in_batches_of_64_beside_bare_inserts(int logs)
    {
        // Whoever holds a file open keeps its WAL: the first commits into a new one are slower, for the file must grow.
        await using var held = _bare.Open();
        await using var database = _folder.Open();
        var store = new SqliteEntryStore(database);
        for (var round = 0; round < 3; round++)
        {
            var before = Cpu();
            var raw = BareRate(30_000, BatchSize, logs);
            var (rawCpu, name) = (Cpu() - before, $"c{round}");
            before = Cpu();
            var appended = await RateAsync(30_000, async n => await store.AppendAsync([.. Enumerable.Range(n, BatchSize).Select(i => Message(Log($"{name}-{i % logs}"), $"{i}", "hello, this is a message of usual length, and a bit more"))], Cancelled), BatchSize);
            var cpu = Cpu() - before;
            before = Cpu();
            var concurrent = await ConcurrentAsync(store, name + "x", logs, writers: 64, each: 500);
            output.WriteLine($"bare inserts in transactions of 64: {raw:n0}/s; appends in calls of 64: {appended:n0}/s ({appended / raw:p0}); 64 senders of one at a time: {concurrent:n0}/s");
            output.WriteLine($"processor time per entry: {rawCpu / 30:n1}, {cpu / 30:n1}, {(Cpu() - before) / 32:n1} µs");
        }
    }

    [Fact(Explicit = true)]
    public async Task A_lone_sender_beside_a_bare_transaction()
    {
        // Whoever holds a file open keeps its WAL: the first commits into a new one are slower, for the file must grow.
        await using var held = _bare.Open();
        await using var database = _folder.Open();
        var store = new SqliteEntryStore(database);
        for (var round = 0; round < 3; round++)
        {
            var raw = BareRate(2_000, 1, 1);
            var name = $"c{round}";
            var appended = await RateAsync(2_000, async n => await store.AppendAsync([Message(Log(name), $"{n}", "hello, this is a message of usual length, and a bit more")], Cancelled), 1);
            output.WriteLine($"bare transactions of one insert: {raw:n0}/s ({1000 / raw:n3} ms); a lone sender's appends: {appended:n0}/s ({1000 / appended:n3} ms, {appended / raw:p0})");
        }
    }

    [Theory(Explicit = true)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public async Task A_page_of_a_users_conversations(int count)
    {
        await using var database = _folder.Open();
        var store = new SqliteConversationStore(database);
        await Task.WhenAll(Enumerable.Range(0, count).Select(n => store.FoldAsync(
            Samples.Conversation($"c{n}") with { Summary = new(1, 0, 0, Noon.AddMinutes(n * 7919 % count)) }, null, [Samples.Member($"c{n}", "ann", 1), Samples.Member($"c{n}", $"user-{n}", 1)], Cancelled)));
        foreach (var before in new[] { null, new ConversationCursor(Noon.AddMinutes(60), "") })
        {
            await store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, before, 50, Cancelled);
            var start = Stopwatch.GetTimestamp();
            for (var n = 0; n < 20; n++)
            {
                await store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, before, 50, Cancelled);
            }

            output.WriteLine($"{(before is null ? "first" : "last")} 50 of {count:n0} conversations: {Stopwatch.GetElapsedTime(start).TotalMilliseconds / 20:n2} ms");
        }
    }

    private static async Task<double> ConcurrentAsync(SqliteEntryStore store, string name, int logs, int writers, int each)
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; n < each; n++)
            {
                await store.AppendAsync([Message(Log($"{name}-{writer % logs}"), $"{n}", "hello, this is a message of usual length, and a bit more", $"user-{writer}")], Cancelled);
            }
        }, Cancelled)));
        return writers * each / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> RateAsync(int count, Func<int, Task> write, int batch)
    {
        var start = Stopwatch.GetTimestamp();
        for (var n = 0; n < count; n += batch)
        {
            await write(n);
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // The same row in the same table with the same indexes, by the driver alone, one prepared statement.
    private double BareRate(int count, int batch, int logs)
    {
        using var connection = new SqliteConnection(_bare.ConnectionString + ";Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA synchronous = FULL");
        using var insert = connection.CreateCommand();
        insert.CommandText =
            """
            INSERT INTO entries (tenant, log, seq, message_no, target, rev, at, deleted, id, type, actor, client_message_id, content_hash, data, message)
            VALUES ('acme', $log, $n, $n, 0, $n, 1700000000000, 0, $id, 'message.created', 'ann', $client, 'hash of hello, this is a message of usual length', NULL, $message)
            """;
        var (log, number, id, client) = (insert.Parameters.Add("$log", SqliteType.Text), insert.Parameters.Add("$n", SqliteType.Integer), insert.Parameters.Add("$id", SqliteType.Text), insert.Parameters.Add("$client", SqliteType.Text));
        insert.Parameters.AddWithValue("$message", """{"text":"hello, this is a message of usual length, and a bit more","attachments":[],"mentions":[],"reactions":{},"replyCount":0}""");
        insert.Prepare();
        var name = Guid.NewGuid().ToString();
        var start = Stopwatch.GetTimestamp();
        for (var n = 0; n < count; n++)
        {
            if (n % batch == 0)
            {
                Run(connection, "BEGIN IMMEDIATE");
            }

            (log.Value, number.Value, id.Value, client.Value) = ($"{name}-{n % logs}", n, Guid.CreateVersion7().ToString(), $"{n}");
            insert.ExecuteNonQuery();
            if (n % batch == batch - 1 || n == count - 1)
            {
                Run(connection, "COMMIT");
            }
        }

        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Milliseconds: it says what the code costs also where the machine has other things to do.
    private static double Cpu() => Environment.CpuUsage.TotalTime.TotalMilliseconds;

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
