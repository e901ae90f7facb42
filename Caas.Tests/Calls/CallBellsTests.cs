using System.Reflection;
using Caas.Core.Calls;
using Caas.Realtime;
using Caas.Realtime.Calls;
using Caas.Realtime.Connections;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Calls;

public sealed class CallBellsTests
{
    [Fact]
    public async Task A_backplane_that_goes_away_while_what_was_missed_is_looked_up_makes_it_looked_up_once_more()
    {
        await using var platform = new CorePlatform();
        using var meters = new TestMeters();
        var channels = new InMemoryBackplane().Process();
        var (directory, finds) = (DispatchProxy.Create<ICallDirectory, Finding>(), 0);
        ((Finding)(object)directory).Inner = platform.Get<ICallDirectory>();
        ((Finding)(object)directory).Found = () =>
        {
            if (++finds == 1)
            {
                channels.RaiseReconnected();
            }
        };
        var bells = new CallBells(directory, platform.Get<ICallRecordStore>(), platform.Get<CallChanges>(), new LocalConnections(new RealtimeMetrics(meters)), channels, TimeProvider.System);
        await bells.CatchUpAsync(CorePlatform.Cancelled);
        Assert.Equal(0, finds);
        channels.RaiseReconnected();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await bells.CatchUpAsync(CorePlatform.Cancelled);
        }

        Assert.Equal(2, finds);
    }

    /// <summary>Says when it is asked what is due.</summary>
    public class Finding : DispatchProxy
    {
        public ICallDirectory Inner { get; set; } = null!;

        public Action Found { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(ICallDirectory.ListDueAsync))
            {
                Found();
            }

            return targetMethod.Invoke(Inner, args);
        }
    }
}
