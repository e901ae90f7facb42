namespace Caas.Bench.Load;

/// <summary>Counts HTTP calls that had no answer: what the client then sends again.</summary>
internal sealed class BrokenCalls : DelegatingHandler
{
    private long _count;

    public BrokenCalls()
        : base(new SocketsHttpHandler())
    {
    }

    public long Count => Interlocked.Read(ref _count);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException)
        {
            Interlocked.Increment(ref _count);
            throw;
        }
    }
}
