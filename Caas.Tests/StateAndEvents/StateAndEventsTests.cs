using Caas.Client;
using Caas.Contracts;
using Caas.Standalone;
using Caas.Tests.Client;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.StateAndEvents;

/// <summary>State and events are the same: who applied nothing but events knows what REST says, whatever was done by whom, where and at the same time as what.</summary>
public sealed class StateAndEventsTests : IDisposable
{
    private const string Room = "room";
    private const int Users = 10;
    private const int Operations = 2_000;
    private const int Rounds = 4;
    private const int AtOnce = 5;
    private const int Seed = 20_261_123;

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_2000_random_operations_on_two_replicas_everybody_knows_by_events_alone_what_REST_says()
    {
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"Seed {Seed}.");
        await using var host = await StandaloneHost.StartAsync(new() { Data = _folder.Path, Port = 0 }, Cancelled);
        var gateway = new Uri($"http://localhost:{host.Ports.Gateway}");
        using var admin = new CaasRestClient(gateway, CaasCredential.Admin(host.AdminKey));
        await admin.Tenants.CreateAsync(new("Acme", "acme"), cancellationToken: Cancelled);
        using var backend = new CaasRestClient(gateway, CaasCredential.ApiKey((await admin.Tenants.CreateApiKeyAsync("acme", new("backend"), cancellationToken: Cancelled)).Key));
        await backend.Tenant.PutSettingsAsync(new() { RateLimits = new(0, 0, 0, 0, 0) }, Cancelled);
        string[] users = [.. Enumerable.Range(0, Users).Select(i => $"user-{i}")];
        await backend.Users.UpsertAsync([.. users.Select(user => new BatchUser(user, user))], cancellationToken: Cancelled);
        await backend.OnBehalfOf(users[0]).Conversations.CreateAsync(new(ConversationType.Group, Room, "Room", users[1..]), cancellationToken: Cancelled);

        // What connections were shown before a block is theirs to hide: these stand from the beginning. Shadow bans come and go.
        (string By, string Of)[] blocks = [(users[2], users[3]), (users[2], users[4]), (users[5], users[2])];
        foreach (var (by, of) in blocks)
        {
            await backend.OnBehalfOf(by).Blocks.BlockAsync(of, Cancelled);
        }

        string[] shadowed = [users[4], users[6], users[7]];
        var seats = new List<Seat>();
        try
        {
            foreach (var user in users)
            {
                var replica = host.Ports.Replicas[seats.Count % host.Ports.Replicas.Count];
                var connection = new CaasConnection(new()
                {
                    Url = new($"http://localhost:{replica}"),
                    Token = async cancellationToken => (await backend.Tokens.CreateAsync(user, cancellationToken: cancellationToken)).Token,
                    LoggerFactory = Connections.Log(),
                });
                await connection.ConnectAsync(Cancelled).Soon();
                seats.Add(new(user, connection, backend.OnBehalfOf(user), Room, blocks, shadowed, Cancelled));
            }

            var operations = new RandomOperations(Room, seats, owner: users[0], backend, shadowed);
            await operations.BeginAsync(Cancelled);
            for (var round = 0; round < Rounds; round++)
            {
                await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async worker =>
                {
                    var dice = new Random(HashCode(Seed, round, worker));
                    for (var i = 0; i < Operations / Rounds / AtOnce; i++)
                    {
                        await operations.DoOneAsync(dice, Cancelled);
                    }
                }));

                await EqualAsync(seats, settled: false);
            }

            await operations.SettleAsync(Cancelled);
            await EqualAsync(seats, settled: true);

            output.WriteLine($"{string.Join(", ", operations.Counts)}; {seats.Sum(seat => seat.Returns)} looks from outside, {seats[0].Model.LastSeq} entries.");
            Assert.True(seats.Sum(seat => seat.Returns) > 0, "Nobody was ever put out.");
            Assert.True(seats.Where(seat => seat.User == users[0]).Sum(seat => seat.Model.Hidden) > 0, "Nothing was ever hidden.");
        }
        finally
        {
            foreach (var seat in seats)
            {
                await seat.DisposeAsync();
            }
        }
    }

    private static async Task EqualAsync(IEnumerable<Seat> seats, bool settled)
    {
        foreach (var seat in seats)
        {
            await Eventually.HoldsAsync(() => seat.DifferenceAsync(settled, Cancelled), Cancelled);
        }
    }

    /// <summary>The same on every run, which the framework's hash codes are not.</summary>
    private static int HashCode(int seed, int round, int worker) => unchecked((((seed * 31) + round) * 31) + worker);
}
