namespace Caas.Contracts;

/// <summary>What a page that a text links to says of itself.</summary>
/// <param name="Url">The link as it stands in the text.</param>
/// <param name="Title">At most 300 characters.</param>
/// <param name="Description">At most 500 characters.</param>
/// <param name="ImageUrl">Absolute http(s): it lies where the page says, not here.</param>
/// <param name="SiteName">At most 100 characters.</param>
public sealed record LinkPreview(string Url, string? Title, string? Description, string? ImageUrl, string? SiteName);
