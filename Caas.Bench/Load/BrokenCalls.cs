namespace Caas.Bench.Load;

/// <summary>Counts HTTP calls that had no answer: what the client then sends again.</summary>
internal sealed class BrokenCalls : DelegatingHandler
{
    private long _count;
    private long _midway;

    public BrokenCalls()
        : base(new SocketsHttpHandler())
    {
    }

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Those of them that had a connection: what is refused at the door was never in the middle of anything.</summary>
    public long Midway => Interlocked.Read(ref _midway);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            Interlocked.Increment(ref _count);
            if (failure.HttpRequestError is not HttpRequestError.ConnectionError)
            {
                Interlocked.Increment(ref _midway);
            }

            throw;
        }
    }
}
