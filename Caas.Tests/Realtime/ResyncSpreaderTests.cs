using Caas.Realtime.Delivery;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class ResyncSpreaderTests
{
    [Fact]
    public async Task Each_connection_is_told_once_and_not_all_at_the_same_time()
    {
        var clock = new FakeTimeProvider();
        var spreader = new ResyncSpreader(Parts.Metrics(), clock);
        var carriers = Enumerable.Range(0, 200).Select(_ => new FakeCarrier()).ToList();
        foreach (var carrier in carriers)
        {
            var connection = Parts.Connection(carrier);
            spreader.Add(connection, "entries_missed");
            spreader.Add(connection, "entries_missed");
        }

        clock.Advance(TimeSpan.FromSeconds(2.5));
        await Task.WhenAny(carriers.Select(carrier => carrier.WhenWrittenAsync(1, TestContext.Current.CancellationToken)));
        Assert.Contains(carriers, carrier => carrier.Written.Count == 0);
        clock.Advance(TimeSpan.FromSeconds(3));
        foreach (var carrier in carriers)
        {
            var (method, argument) = Assert.Single(await carrier.WhenWrittenAsync(1, TestContext.Current.CancellationToken));
            Assert.Equal("Resync", method);
            Assert.Equal("entries_missed", argument.GetProperty("reason").GetString());
        }
    }
}
