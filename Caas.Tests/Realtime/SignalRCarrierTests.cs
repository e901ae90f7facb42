using Caas.Realtime.Connections;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class SignalRCarrierTests
{
    [Fact]
    public void A_request_that_ended_by_itself_meanwhile_is_aborted_without_a_fault()
    {
        // Nobody would catch it where a connection is cut off: the process would end.
        var ended = new DefaultHttpContext();
        ended.Uninitialize();
        Assert.Throws<ObjectDisposedException>(ended.Abort);
        SignalRCarrier.Abort(ended);
    }
}
