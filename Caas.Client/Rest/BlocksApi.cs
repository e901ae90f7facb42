using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Whom the user blocks.</summary>
public sealed class BlocksApi
{
    private readonly RestCaller _caller;

    internal BlocksApi(RestCaller caller) => _caller = caller;

    public IAsyncEnumerable<BlockResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<BlockResponse>("/v1/blocks", cancellationToken);

    /// <summary>Again changes nothing.</summary>
    /// <exception cref="CaasException"><c>user_not_found</c>, <c>limit_reached</c>.</exception>
    public Task<BlockResponse> BlockAsync(string userId, CancellationToken cancellationToken = default) => _caller.PutAsync<BlockResponse>(Path($"/v1/blocks/{userId}"), null, cancellationToken);

    /// <summary>Who is not blocked changes nothing.</summary>
    public Task UnblockAsync(string userId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/blocks/{userId}"), cancellationToken);
}
