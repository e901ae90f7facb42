using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Client;
using Caas.Contracts;

namespace Caas.Bench.Load;

/// <summary>Two tenants with the same users and conversations, made over REST as a backend makes them.</summary>
internal sealed class World : IDisposable
{
    private const int Batch = 100;
    private const int AtOnce = 8;
    private const int TokenSeconds = 6 * 3600;

    private static readonly TenantSettings EveryonePins = new() { Permissions = new(Group: new(Member: new Dictionary<string, bool> { ["pin"] = true })) };

    private readonly BrokenCalls _broken = new();
    private readonly HttpClient _http;
    private readonly RestOptions _patient;
    private readonly RestOptions _brief;
    private readonly Dictionary<string, CaasRestClient> _backends = [];
    private readonly Dictionary<string, CaasRestClient> _readers = [];
    private readonly Dictionary<(string Tenant, string User), string> _tokens = [];
    private readonly LoadShape _shape;

    private World(LoadShape shape)
    {
        _shape = shape;
        _http = new(_broken) { Timeout = Timeout.InfiniteTimeSpan };

        // A gateway that is being killed is asked again until it is back.
        _patient = new() { MaxAttempts = 60, HttpClient = _http };

        // At the end everything is there again, or the run has failed.
        _brief = _patient with { MaxAttempts = 10 };
    }

    /// <summary>How many calls over REST had no answer, and were made again.</summary>
    public long CallsWithoutAnswer => _broken.Count;

    /// <summary>Those of them that were under way, not refused at the door.</summary>
    public long CallsBrokenOff => _broken.Midway;

    /// <summary>Makes it.</summary>
    /// <param name="users">Further users, members of every conversation, in both tenants.</param>
    public static async Task<World> MakeAsync(ICluster cluster, LoadShape shape, CancellationToken cancellationToken, params string[] users)
    {
        var world = new World(shape);
        try
        {
            // On a platform that is there already, others have been before.
            var run = Guid.NewGuid().ToString("n")[..8];
            using var admin = new CaasRestClient(cluster.Gateway, CaasCredential.Admin(cluster.AdminKey), world._patient);
            foreach (var tenant in LoadShape.Tenants)
            {
                var id = $"bench-{run}-{tenant}";
                await admin.Tenants.CreateAsync(new($"Bench {tenant}", id), cancellationToken: cancellationToken);
                var key = await admin.Tenants.CreateApiKeyAsync(id, new("bench"), cancellationToken: cancellationToken);
                var backend = world._backends[tenant] = new(cluster.Gateway, CaasCredential.ApiKey(key.Key), world._patient);
                world._readers[tenant] = new(cluster.Gateway, CaasCredential.ApiKey(key.Key), world._brief);
                await backend.Tenant.PutSettingsAsync(EveryonePins, cancellationToken);
                await world.FillAsync(tenant, backend, users, cancellationToken);
            }

            return world;
        }
        catch (CaasException refused)
        {
            world.Dispose();
            throw new BenchException($"The tenants of the run could not be made at {cluster.Gateway}: {refused.Message}", refused);
        }
        catch
        {
            world.Dispose();
            throw;
        }
    }

    public string TokenOf(Seat seat) => TokenOf(seat.Tenant, seat.User);

    public string TokenOf(string tenant, string user) => _tokens[(tenant, user)];

    /// <summary>A tenant's backend.</summary>
    public CaasRestClient Backend(string tenant) => _backends[tenant];

    /// <summary>The same, speaking for one user.</summary>
    public CaasRestClient As(Seat seat) => _backends[seat.Tenant].OnBehalfOf(seat.User);

    /// <summary>Every log from its first entry on.</summary>
    /// <exception cref="BenchException">They cannot be read.</exception>
    public async Task<IReadOnlyList<LogRecord>> ReadLogsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(cancellationToken);
        }
        catch (CaasException refused)
        {
            throw new BenchException($"The logs could not be read back, so nothing is proven: {refused.Message}", refused);
        }
    }

    public void Dispose()
    {
        foreach (var backend in _backends.Values.Concat(_readers.Values))
        {
            backend.Dispose();
        }

        _http.Dispose();
    }

    private async Task<IReadOnlyList<LogRecord>> ReadAsync(CancellationToken cancellationToken)
    {
        var all = LoadShape.Tenants.SelectMany(tenant => Enumerable.Range(0, _shape.Rooms).Select(room => (Tenant: tenant, Room: Seat.RoomName(room)))).ToArray();
        var logs = new LogRecord[all.Length];
        await Parallel.ForAsync(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
        {
            var entries = new List<EntryRecord>();
            await foreach (var entry in _readers[all[i].Tenant].Messages.ListEntriesAsync(all[i].Room, cancellationToken: token))
            {
                entries.Add(BenchClient.RecordWhole(entry));
            }

            logs[i] = new(all[i].Tenant, all[i].Room, entries);
        });
        return logs;
    }

    private async Task FillAsync(string tenant, CaasRestClient backend, string[] more, CancellationToken cancellationToken)
    {
        var seats = Enumerable.Range(0, _shape.Connections).Select(client => Seat.Of(_shape, client, 0)).Where(seat => seat.Tenant == tenant).ToArray();
        foreach (var users in seats.Select(seat => seat.User).Concat(more).Chunk(Batch))
        {
            await backend.Users.UpsertAsync([.. users.Select(user => new BatchUser(user, user))], cancellationToken: cancellationToken);
            foreach (var token in await backend.Tokens.CreateAsync(users, TokenSeconds, cancellationToken: cancellationToken))
            {
                _tokens[(tenant, token.UserId)] = token.Token;
            }
        }

        await Parallel.ForEachAsync(
            seats.GroupBy(seat => seat.Conversation),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (room, token) => await backend.Conversations.CreateAsync(new(ConversationType.Group, room.Key, room.Key, [.. room.Select(seat => seat.User), .. more]), cancellationToken: token));
    }
}
