using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What becomes of a message that holds something of the blocklist.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BlocklistAction>))]
public enum BlocklistAction
{
    /// <summary>It is refused with <c>content_blocked</c>.</summary>
    Refuse,

    /// <summary>It is stored with <c>*</c> in place of each character that was found.</summary>
    Mask,
}

/// <summary>What the tenant's users may not write. Replaces the list there is; a field that is none of these is refused.</summary>
/// <param name="Words">At most 2,000 words or phrases of at most 100 characters, each with a letter or digit. Found as whole words, whatever their case and accents; in scripts without spaces wherever they stand.</param>
/// <param name="Patterns">At most 20 regular expressions of at most 200 characters (.NET syntax without lookarounds, backreferences and atomic groups; time linear in the text), such as <c>(?i)\bcall me at \d+</c>.</param>
/// <param name="Action">Default <c>refuse</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutBlocklistRequest(IReadOnlyList<string>? Words = null, IReadOnlyList<string>? Patterns = null, BlocklistAction? Action = null);

/// <summary>What the tenant's users may not write.</summary>
public sealed record BlocklistResponse(IReadOnlyList<string> Words, IReadOnlyList<string> Patterns, BlocklistAction Action);
