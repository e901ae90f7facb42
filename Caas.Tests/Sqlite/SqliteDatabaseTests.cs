using Caas.Adapters.Sqlite;
using Caas.Core.Entries;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Caas.Tests.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read_also_by_another_opener()
    {
        await using var one = _folder.Open();
        await using var two = _folder.Open();
        await using var foreign = _folder.Open(ownWriter: true);
        await CreateTableAsync(one);
        await InsertAsync(two, 1);
        await InsertAsync(foreign, 2);
        await InsertAsync(one, 3);
        foreach (var database in new[] { one, two, foreign })
        {
            Assert.Equal([1L, 2L, 3L], await ReadAsync(database));
        }
    }

    [Fact]
    public async Task Work_that_fails_undoes_only_itself()
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        using var gate = new ManualResetEventSlim();
        var blocked = database.WriteAsync(_ => Assert.True(gate.Wait(Bound, Cancelled)), Cancelled);
        var writes = Enumerable.Range(1, 9).Select(n => database.WriteAsync(connection =>
        {
            connection.Execute("INSERT INTO numbers VALUES ($n)", n);
            return n % 3 == 0 ? throw new InvalidOperationException($"no {n}") : n;
        }, Cancelled)).ToList();
        gate.Set();
        await blocked.WaitAsync(Bound, Cancelled);
        foreach (var (write, n) in writes.Select((write, index) => (write, index + 1)))
        {
            if (n % 3 == 0)
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => write.WaitAsync(Bound, Cancelled));
            }
            else
            {
                Assert.Equal(n, await write.WaitAsync(Bound, Cancelled));
            }
        }

        Assert.Equal([1L, 2L, 4L, 5L, 7L, 8L], await ReadAsync(database));
    }

    [Fact]
    public async Task What_waits_together_is_committed_together()
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        var commits = 0;
        database.Writer.AroundCommit = commit =>
        {
            commits++;
            commit();
        };
        using var gate = new ManualResetEventSlim();
        var blocked = database.WriteAsync(_ => Assert.True(gate.Wait(Bound, Cancelled)), Cancelled);
        var writes = Enumerable.Range(1, 50).Select(n => InsertAsync(database, n)).ToList();
        gate.Set();
        await Task.WhenAll([.. writes, blocked]).WaitAsync(Bound, Cancelled);
        Assert.InRange(commits, 1, 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_asked_to_go_on_on_the_writers_thread_does_so_after_a_commit_and_never_after_a_failure(bool fails)
    {
        await using var database = _folder.Open();
        using var gate = new ManualResetEventSlim();
        var blocked = database.WriteAsync(_ => Assert.True(gate.Wait(Bound, Cancelled)), Cancelled);
        var thread = database.WriteAsync(_ => fails ? throw new InvalidOperationException("no") : 1, WriteFollowUp.OnWriter, CancellationToken.None)
            .ContinueWith(_ => Thread.CurrentThread.Name ?? "", Cancelled, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        gate.Set();
        await blocked.WaitAsync(Bound, Cancelled);
        Assert.Equal(!fails, (await thread.WaitAsync(Bound, Cancelled)).StartsWith("SQLite writer", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_commit_is_told_to_all_as_unknown_and_the_writer_goes_on(bool tookEffect)
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        var fail = true;
        database.Writer.AroundCommit = commit =>
        {
            if (!fail)
            {
                commit();
                return;
            }

            if (tookEffect)
            {
                commit();
            }

            fail = false;
            throw new SqliteException("disk I/O error", 10);
        };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => InsertAsync(database, 1).WaitAsync(Bound, Cancelled));
        await InsertAsync(database, 2).WaitAsync(Bound, Cancelled);
        Assert.Equal(tookEffect ? [1L, 2L] : [2L], await ReadAsync(database));
    }

    [Fact]
    public async Task A_file_that_another_process_holds_too_long_is_unavailable_and_then_works_again()
    {
        await using var database = _folder.Open(options: new() { BusyTimeout = TimeSpan.FromMilliseconds(200) });
        await CreateTableAsync(database);
        using (var holder = new SqliteConnection(_folder.ConnectionString + ";Pooling=False"))
        {
            holder.Open();
            using var begin = holder.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => InsertAsync(database, 1).WaitAsync(Bound, Cancelled));
        }

        await InsertAsync(database, 2).WaitAsync(Bound, Cancelled);
        Assert.Equal([2L], await ReadAsync(database));
    }

    [Fact]
    public async Task A_full_disk_is_unavailable_and_nothing_is_half_stored()
    {
        await using var database = _folder.Open();
        await database.WriteAsync(connection => connection.Execute("CREATE TABLE texts (n INTEGER PRIMARY KEY, text TEXT)"), Cancelled);
        await database.WriteAsync(connection => connection.Number($"PRAGMA max_page_count = {connection.Number("PRAGMA page_count") + 20}"), Cancelled);
        var stored = 0;
        await Assert.ThrowsAsync<StoreUnavailableException>(async () =>
        {
            for (; stored < 1000; stored++)
            {
                await InsertTwoAsync(stored);
            }
        });
        Assert.InRange(stored, 1, 999);
        Assert.Equal(2 * stored, await database.ReadAsync(connection => connection.Number("SELECT count(*) FROM texts"), Cancelled));
        await database.WriteAsync(connection => connection.Number("PRAGMA max_page_count = 1000000"), Cancelled);
        await InsertTwoAsync(1000);

        Task InsertTwoAsync(int n) => database.WriteAsync(
            connection =>
            {
                connection.Execute("INSERT INTO texts VALUES ($n, $text)", 2 * n, new string('x', 2000));
                connection.Execute("INSERT INTO texts VALUES ($n, $text)", (2 * n) + 1, new string('x', 2000));
            },
            Cancelled).WaitAsync(Bound, Cancelled);
    }

    [Fact]
    public async Task A_newcomer_gets_its_turns_beside_a_writer_that_never_rests()
    {
        await using var busy = _folder.Open(ownWriter: true);
        await using var newcomer = _folder.Open(ownWriter: true);
        await CreateTableAsync(busy);
        using var enough = new CancellationTokenSource();
        var (next, running) = (1_000_000, new TaskCompletionSource());
        var senders = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await InsertAsync(busy, Interlocked.Increment(ref next));
                running.TrySetResult();
            }
        }, Cancelled)).ToList();
        await running.Task.WaitAsync(Bound, Cancelled);
        for (var n = 1; n <= 25; n++)
        {
            await InsertAsync(newcomer, n).WaitAsync(Bound, Cancelled);
        }

        await enough.CancelAsync();
        await Task.WhenAll(senders).WaitAsync(Bound, Cancelled);
        Assert.Equal(25, (await ReadAsync(busy)).Count(n => n <= 25));
    }

    [Fact]
    public async Task Work_can_be_withdrawn_until_it_is_started()
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        using var withdrawn = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        var blocked = database.WriteAsync(_ =>
        {
            started.SetResult();
            Assert.True(gate.Wait(Bound, Cancelled));
        }, Cancelled);
        await started.Task.WaitAsync(Bound, Cancelled);
        var waiting = database.WriteAsync(connection => connection.Execute("INSERT INTO numbers VALUES (1)"), withdrawn.Token);
        await withdrawn.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound, Cancelled));
        gate.Set();
        await blocked.WaitAsync(Bound, Cancelled);
        Assert.Empty(await ReadAsync(database));
    }

    [Fact]
    public async Task Closing_finishes_what_waits_and_refuses_what_comes_later()
    {
        var database = _folder.Open();
        await CreateTableAsync(database);
        var writes = Enumerable.Range(1, 100).Select(n => InsertAsync(database, n)).ToList();
        await database.DisposeAsync().AsTask().WaitAsync(Bound, Cancelled);
        await Task.WhenAll(writes).WaitAsync(Bound, Cancelled);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, 101));
        await using var again = _folder.Open();
        Assert.Equal(100, (await ReadAsync(again)).Count);
    }

    [Fact]
    public async Task A_commit_wakes_those_who_follow()
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        var next = database.Committed.NextCommit;
        Assert.False(next.IsCompleted);
        await InsertAsync(database, 1);
        await next.WaitAsync(Bound, Cancelled);
    }

    [Fact]
    public async Task Read_connections_cannot_write()
    {
        await using var database = _folder.Open();
        await CreateTableAsync(database);
        await Assert.ThrowsAnyAsync<Exception>(() => database.ReadAsync(connection => connection.Execute("INSERT INTO numbers VALUES (1)"), Cancelled));
        Assert.Empty(await ReadAsync(database));
    }

    private static Task<int> CreateTableAsync(SqliteDatabase database) =>
        database.WriteAsync(connection => connection.Execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"), Cancelled);

    private static Task<int> InsertAsync(SqliteDatabase database, int n) =>
        database.WriteAsync(connection => connection.Execute("INSERT INTO numbers VALUES ($n)", n), Cancelled);

    private static Task<List<long>> ReadAsync(SqliteDatabase database) =>
        database.ReadAsync(connection => connection.List(row => row.GetInt64(0), "SELECT n FROM numbers ORDER BY n"), Cancelled);
}
