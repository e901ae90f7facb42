using System.Diagnostics;
using Caas.Bench.Clusters;

namespace Caas.Bench.Load;

/// <summary>All clients of a run.</summary>
internal sealed class Fleet(IEnumerable<BenchClient> first) : IAsyncDisposable
{
    private const int AtOnce = 32;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private volatile BenchClient[] _clients = [.. first];

    public IReadOnlyList<BenchClient> Clients => _clients;

    public int Connected => _clients.Count(client => client.IsConnected);

    /// <summary>How many are connected to that replica.</summary>
    public int CountOn(Uri replica) => _clients.Count(client => client.IsConnected && client.Replica == replica);

    /// <summary>One more than the load has.</summary>
    public void Add(BenchClient client) => _clients = [.. _clients, client];

    /// <summary>Waits until all are connected.</summary>
    /// <returns>Whether they are, within that time.</returns>
    public async Task<bool> AllConnectedAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); Connected < _clients.Length; await Task.Delay(Look, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > within)
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="pinned">Each client stays with the replica of its seat; otherwise the gateway sends it to one, again at each reconnect.</param>
    /// <param name="connected">Called after each.</param>
    public static async Task<Fleet> ConnectAsync(ICluster cluster, World world, LoadShape shape, Measurements measurements, bool pinned, Action connected, CancellationToken cancellationToken)
    {
        var clients = Enumerable.Range(0, shape.Connections).Select(i =>
        {
            var seat = Seat.Of(shape, i, cluster.Replicas.Count);
            return new BenchClient(seat, pinned && cluster.Replicas.Count > 0 ? cluster.Replicas[seat.Replica] : cluster.Gateway, world.TokenOf(seat), measurements);
        }).ToArray();
        var fleet = new Fleet(clients);
        try
        {
            await Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (client, token) =>
            {
                await client.ConnectAsync(token);
                connected();
            });
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until every client has handled its conversation up to its end, while there is progress.</summary>
    /// <param name="ends">The last seq of each conversation.</param>
    /// <param name="patience">How long without any progress.</param>
    /// <returns>Whether all have.</returns>
    public async Task<bool> CaughtUpAsync(Func<Seat, long> ends, TimeSpan patience, CancellationToken cancellationToken)
    {
        var (since, sum) = (Stopwatch.GetTimestamp(), -1L);
        while (true)
        {
            var behind = _clients.Where(client => client.EndedBy is null).Sum(client => Math.Max(0, ends(client.Seat) - client.LastSeq));
            if (behind == 0)
            {
                return _clients.All(client => client.EndedBy is null);
            }

            if (behind != sum)
            {
                (since, sum) = (Stopwatch.GetTimestamp(), behind);
            }
            else if (Stopwatch.GetElapsedTime(since) > patience)
            {
                return false;
            }

            await Task.Delay(Look, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
}
