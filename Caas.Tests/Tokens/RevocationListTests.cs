using Caas.Adapters.Sqlite.Tokens;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Caas.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Tokens;

public sealed class RevocationListTests : IDisposable
{
    private readonly SqliteStores _stores = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 9, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task What_was_revoked_before_is_known_when_the_start_returns()
    {
        using var one = Create();
        using var other = Create();
        await one.List.AddAsync(Token("a"), Cancelled);
        await other.List.StartAsync(Cancelled);
        Assert.Equal(Refusal.TokenRevoked, other.List.Check(Caller("a")));
        Assert.Null(other.List.Check(Caller("b")));
        await other.List.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Before_anything_was_read_everything_is_refused_as_unavailable()
    {
        using var one = Create();
        one.Store.Gone = true;
        var refused = Assert.Throws<RefusedException>(() => one.List.Check(Caller("a")));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        var starting = one.List.StartAsync(Cancelled);
        await Eventually.HoldsAsync(() => Passing(starting), "The start did not go on without the store.", Cancelled);
        Assert.Throws<RefusedException>(() => one.List.Check(Caller("a")));
        one.Store.Gone = false;
        await Eventually.HoldsAsync(() => Passing(() => one.List.Age is not null), "The list was not read when the store was back.", Cancelled);
        Assert.Null(one.List.Check(Caller("a")));
        await one.List.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Without_hints_another_process_knows_within_two_seconds()
    {
        using var one = Create();
        using var other = Create();
        await other.List.StartAsync(Cancelled);
        await one.List.AddAsync(Token("a"), Cancelled);
        Assert.True(RevocationList.Interval <= TimeSpan.FromSeconds(2));
        await Eventually.HoldsAsync(() => Passing(() => other.List.Check(Caller("a")) == Refusal.TokenRevoked), "not known", Cancelled);
        await other.List.StopAsync(Cancelled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_a_hint_or_after_a_reconnect_another_process_knows_at_once(bool hint)
    {
        var channels = new Hints();
        using var one = Create(hint ? channels : null);
        using var other = Create(channels);
        await other.List.StartAsync(Cancelled);
        await one.List.AddAsync(Token("a"), Cancelled);
        if (!hint)
        {
            channels.Reconnect();
        }

        // The clock stands still: no interval passes.
        await Eventually.HoldsAsync(() => other.List.Check(Caller("a")) == Refusal.TokenRevoked, "not known", Cancelled);
        await other.List.StopAsync(Cancelled);
        channels.Reconnect();
    }

    [Fact]
    public async Task While_the_store_is_gone_what_is_known_stays_and_afterwards_reading_goes_on()
    {
        using var one = Create();
        using var other = Create();
        await one.List.AddAsync(Token("a"), Cancelled);
        await other.List.StartAsync(Cancelled);
        other.Store.Gone = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => other.List.ReadAsync(Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => other.List.AddAsync(Token("c"), Cancelled));
        Assert.Null(other.List.Check(Caller("c")));
        await one.List.AddAsync(Token("b"), Cancelled);
        var failures = other.Store.Failures;
        await Eventually.HoldsAsync(() => Passing(() => other.Store.Failures > failures + 2), "not tried again", Cancelled);
        Assert.Equal(Refusal.TokenRevoked, other.List.Check(Caller("a")));
        Assert.Null(other.List.Check(Caller("b")));
        other.Store.Gone = false;
        await Eventually.HoldsAsync(() => Passing(() => other.List.Check(Caller("b")) == Refusal.TokenRevoked), "not read again", Cancelled);
        await other.List.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Each_revocation_is_told_once_and_a_failing_receiver_does_not_stop_the_others()
    {
        using var one = Create();
        await one.List.ReadAsync(Cancelled);
        var told = new List<string>();
        one.List.Revoked += _ => throw new InvalidOperationException("a receiver's fault");
        one.List.Revoked += revocation => told.Add(revocation.Id);
        await one.List.AddAsync(Token("a"), Cancelled);
        await one.List.AddAsync(Token("a"), Cancelled);
        await one.List.ReadAsync(Cancelled);
        await one.List.AddAsync(Token("b"), Cancelled);
        await one.List.ReadAsync(Cancelled);
        Assert.Equal(["a", "b"], told);
    }

    [Fact]
    public async Task What_matters_no_more_is_forgotten()
    {
        using var one = Create();
        await one.List.StartAsync(Cancelled);
        await one.List.AddAsync(Token("a"), Cancelled);
        await one.List.AddAsync(Token("past") with { Until = _clock.GetUtcNow() }, Cancelled);
        Assert.Equal(1, one.List.Count);
        _clock.Advance(TimeSpan.FromHours(1));
        await Eventually.HoldsAsync(() => Passing(() => one.List.Count == 0), "not forgotten", Cancelled);
        await one.List.StopAsync(Cancelled);
    }

    [Fact]
    public async Task A_users_tokens_are_judged_by_when_they_were_issued()
    {
        using var one = Create();
        await one.List.ReadAsync(Cancelled);
        var before = _clock.GetUtcNow();
        var user = Token("u") with { Kind = RevocationKind.UserTokens, TokenId = null, User = new("alice"), Before = before };
        await one.List.AddAsync(user, Cancelled);
        await one.List.AddAsync(user with { Id = "earlier", Before = before.AddHours(-1) }, Cancelled);
        Assert.Equal(Refusal.TokenRevoked, one.List.Check(Caller("x") with { TokenIssuedAt = before.AddMilliseconds(-1) }));
        Assert.Null(one.List.Check(Caller("x") with { TokenIssuedAt = before }));
        Assert.Equal(Refusal.TokenRevoked, one.List.Check(Caller("x") with { TokenIssuedAt = null }));
        Assert.Null(one.List.Check(Caller("x") with { TokenIssuedAt = null, User = new("bob") }));
        Assert.Null(one.List.Check(Caller("x") with { TokenIssuedAt = null, Tenant = new("other") }));
        Assert.Null(one.List.Check(new() { Kind = CallerKind.Admin }));
    }

    private bool Passing(Task until) => Passing(() => until.IsCompleted);

    /// <summary>Lets half a second pass on the clock with each look.</summary>
    private bool Passing(Func<bool> holds)
    {
        if (holds())
        {
            return true;
        }

        _clock.Advance(TimeSpan.FromMilliseconds(500));
        return false;
    }

    private Process Create(IConversationChannels? channels = null)
    {
        var store = new Store(new SqliteRevocationStore(_stores.Open(ownWriter: true)));
        return new(store, new RevocationList(store, _clock, NullLogger<RevocationList>.Instance, channels));
    }

    private static Caller Caller(string token) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("alice"), TokenId = token, TokenIssuedAt = DateTimeOffset.MaxValue };

    private Revocation Token(string id) => new(id, RevocationKind.Token, new("acme"), new("alice"), id, null, null, null, _clock.GetUtcNow(), _clock.GetUtcNow().AddHours(1));

    private sealed record Process(Store Store, RevocationList List) : IDisposable
    {
        public void Dispose() => List.Dispose();
    }

    /// <summary>The real store, behind a line that can be cut.</summary>
    private sealed class Store(IRevocationStore store) : IRevocationStore
    {
        private int _failures;

        public bool Gone { get; set; }

        public int Failures => Volatile.Read(ref _failures);

        public Task AddAsync(Revocation revocation, CancellationToken cancellationToken) => Line().AddAsync(revocation, cancellationToken);

        public Task<(IReadOnlyList<Revocation> Items, string Position)> ReadAfterAsync(string? after, CancellationToken cancellationToken) => Line().ReadAfterAsync(after, cancellationToken);

        public Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => Line().PruneAsync(now, cancellationToken);

        private IRevocationStore Line()
        {
            if (Gone)
            {
                Interlocked.Increment(ref _failures);
                throw new StoreUnavailableException("The line is cut.");
            }

            return store;
        }
    }

    /// <summary>Hints between the lists of one test.</summary>
    private sealed class Hints : IConversationChannels
    {
        public event Action? Reconnected;

        public event Action? RevocationHinted;

        public bool IsConnected => true;

        public void Publish(LogId log, ReadOnlyMemory<byte> payload) => throw new NotSupportedException();

        public ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void PublishRevocationHint() => RevocationHinted?.Invoke();

        public void Reconnect() => Reconnected?.Invoke();
    }
}
