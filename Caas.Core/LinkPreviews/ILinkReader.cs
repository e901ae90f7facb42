using Caas.Contracts;

namespace Caas.Core.LinkPreviews;

/// <summary>Looks at what a link leads to.</summary>
public interface ILinkReader
{
    /// <summary>What the page says of itself, cut to size; null: nothing, or it cannot be had.</summary>
    Task<LinkPreview?> ReadAsync(string link, CancellationToken cancellationToken);
}

/// <summary>Stands where nobody can read pages.</summary>
internal sealed class NoLinkReader : ILinkReader
{
    public Task<LinkPreview?> ReadAsync(string link, CancellationToken cancellationToken) => Task.FromResult<LinkPreview?>(null);
}
