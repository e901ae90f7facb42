using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Caas.Gateway.OpenApi;

/// <summary>The API's description, written once: it takes a third of a second, and everyone may ask for it.</summary>
internal sealed class OpenApiDocumentCache([FromKeyedServices(OpenApiSetup.Document)] IOpenApiDocumentProvider provider)
{
    private readonly Lock _lock = new();
    private Task<byte[]>? _document;

    /// <returns>JSON, UTF-8.</returns>
    public Task<byte[]> GetAsync()
    {
        lock (_lock)
        {
            return _document is null or { IsFaulted: true } ? _document = WriteAsync() : _document;
        }
    }

    // For all who ask: not cancelled with the first of them.
    private async Task<byte[]> WriteAsync()
    {
        var document = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
        using var json = new MemoryStream();
        await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return json.ToArray();
    }
}
