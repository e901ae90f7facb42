using Caas.Client;
using Caas.Contracts;
using Caas.Tests.Client;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>The README's walk: a tenant, its key, two users, a conversation, two clients on two replicas.</summary>
internal sealed class Walk(Uri gateway, IReadOnlyList<Uri> replicas, string adminKey, string tenant = "acme") : IDisposable
{
    public const string Room = "lobby";

    private readonly CaasRestClient _admin = new(gateway, CaasCredential.Admin(adminKey));
    private CaasRestClient? _backend;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private CaasRestClient Backend => _backend ?? throw new InvalidOperationException("The tenant is not prepared.");

    /// <summary>The tenant, its API key, users and the conversation.</summary>
    public async Task PrepareAsync()
    {
        await _admin.Tenants.CreateAsync(new("Acme", tenant), cancellationToken: Cancelled);
        await ComeBackAsync();
        await Backend.Users.UpsertAsync([new("alice", "Alice"), new("bob", "Bob")], cancellationToken: Cancelled);
        await Backend.Conversations.CreateAsync(new(ConversationType.Group, Room, "Lobby", ["alice", "bob"]), cancellationToken: Cancelled);
    }

    /// <summary>The tenant is there already: another key for its backend.</summary>
    public async Task ComeBackAsync()
    {
        var key = await _admin.Tenants.CreateApiKeyAsync(tenant, new("backend"), cancellationToken: Cancelled);
        _backend?.Dispose();
        _backend = new(gateway, CaasCredential.ApiKey(key.Key));
    }

    public async Task<string> TokenAsync(string user) => (await Backend.Tokens.CreateAsync(user, cancellationToken: Cancelled)).Token;

    /// <param name="replica">Which one; null: the one that the gateway chooses.</param>
    public async Task<CaasConnection> ConnectAsync(string user, int? replica = null)
    {
        var connection = new CaasConnection(new() { Url = replica is { } index ? replicas[index] : gateway, Token = _ => TokenAsync(user), LoggerFactory = Connections.Log() });
        await connection.ConnectAsync(Cancelled).Soon();
        return connection;
    }

    /// <summary>The whole log, as the backend reads it.</summary>
    public async Task<IReadOnlyList<EntryResponse>> LogAsync() => await Backend.Messages.ListEntriesAsync(Room, 0, Cancelled).ToListAsync(Cancelled);

    /// <summary>Two users on two replicas see each other's message; one disconnects, misses three, resumes with its last seq and has them in order.</summary>
    public async Task TwoUsersOnTwoReplicasAsync()
    {
        var round = Guid.NewGuid().ToString("n")[..6];
        await using var alice = await ConnectAsync("alice", 0);
        await using var hers = await alice.JoinAsync(Room, 0, Cancelled).Soon();
        long last;
        await using (var bob = await ConnectAsync("bob", 1))
        {
            await using var his = await bob.JoinAsync(Room, 0, Cancelled).Soon();
            var hello = await hers.SendAsync($"{round} hello from the first replica", cancellationToken: Cancelled).Soon();
            await his.TakeAsync(hello.Seq);
            var answer = await his.SendAsync($"{round} hello from the second one", cancellationToken: Cancelled).Soon();
            await hers.TakeAsync(answer.Seq);
            await his.TakeAsync(answer.Seq);
            Assert.True(hers.Counters.Live >= 2 && his.Counters.Live >= 2, $"It was read, not pushed: {hers.Counters}, {his.Counters}");
            last = his.LastSeq;
        }

        for (var i = 1; i <= 3; i++)
        {
            await hers.SendAsync($"{round} missed {i}", cancellationToken: Cancelled).Soon();
        }

        // By the gateway this time: it redirects to a replica that lives.
        await using var again = await ConnectAsync("bob");
        await using var resumed = await again.JoinAsync(Room, last, Cancelled).Soon();
        var missed = await resumed.TakeAsync(last + 3);
        Assert.Equal([last + 1, last + 2, last + 3], missed.Select(entry => entry.Seq));
        Assert.Equal([$"{round} missed 1", $"{round} missed 2", $"{round} missed 3"], missed.Select(entry => entry.Message!.Text));
    }

    public void Dispose()
    {
        _backend?.Dispose();
        _admin.Dispose();
    }
}
