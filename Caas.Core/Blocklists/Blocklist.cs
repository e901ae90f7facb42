using Caas.Contracts;

namespace Caas.Core.Blocklists;

/// <summary>What a tenant's users may not write; part of the tenant.</summary>
public sealed record Blocklist(IReadOnlyList<string> Words, IReadOnlyList<string> Patterns, BlocklistAction Action)
{
    public static readonly Blocklist Empty = new([], [], BlocklistAction.Refuse);

    public bool IsEmpty => Words.Count == 0 && Patterns.Count == 0;
}

/// <summary>What a <c>blocklist.changed</c> entry of <c>$tenant</c> keeps.</summary>
internal sealed record BlocklistChangedData(string By, Blocklist Blocklist);
