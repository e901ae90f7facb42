using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tenants;

namespace Caas.Core.Blocklists;

/// <summary>The tenant's blocklist, for its backend. A change counts everywhere within 5 s, for what is sent or edited from then on.</summary>
public sealed class BlocklistService(TenantWriter writer)
{
    /// <summary>The most words and phrases.</summary>
    public const int MaxWords = 2_000;

    /// <summary>The most characters of one.</summary>
    public const int MaxWord = 100;

    /// <summary>The most patterns.</summary>
    public const int MaxPatterns = 20;

    /// <summary>The most characters of one.</summary>
    public const int MaxPattern = 200;

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<BlocklistResponse> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        View((await writer.RequireAsync(caller.RequireBackend(Scopes.ModerationRead), cancellationToken)).Blocklist);

    /// <summary>Replaces it; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<BlocklistResponse> PutAsync(Caller caller, PutBlocklistRequest request, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.ModerationWrite);
        var (words, patterns) = (request.Words ?? [], request.Patterns ?? []);
        new Validation()
            .Check(words.Count <= MaxWords, "words", $"must be at most {MaxWords}")
            .Check(words.All(word => word is { Length: > 0 and <= MaxWord } && TenantRules.IsWellFormed(word) && BlocklistMatcher.IsFindable(word)), "words", $"must be 1 to {MaxWord} characters each, with a letter or digit")
            .Check(patterns.Count <= MaxPatterns, "patterns", $"must be at most {MaxPatterns}")
            .Check(patterns.All(IsPattern), "patterns", $"must be regular expressions of 1 to {MaxPattern} characters without lookarounds, backreferences and atomic groups")
            .Check(request.Action is null || Enum.IsDefined(request.Action.Value), "action", "must be refuse or mask")
            .ThrowIfAny();
        var wanted = new Blocklist([.. words.Distinct(StringComparer.Ordinal)], [.. patterns.Distinct(StringComparer.Ordinal)], request.Action ?? BlocklistAction.Refuse);
        var now = (await writer.RequireAsync(id, cancellationToken)).Blocklist;
        if (now.Action == wanted.Action && now.Words.SequenceEqual(wanted.Words) && now.Patterns.SequenceEqual(wanted.Patterns))
        {
            return View(now);
        }

        var data = new BlocklistChangedData(caller.Actor, wanted);
        return View((await writer.AppendAsync(caller, id, SystemEntryTypes.BlocklistChanged, data, IdentityJsonContext.Default.BlocklistChangedData, cancellationToken)).Blocklist);
    }

    private static BlocklistResponse View(Blocklist blocklist) => new(blocklist.Words, blocklist.Patterns, blocklist.Action);

    private static bool IsPattern(string? pattern)
    {
        if (pattern is not { Length: > 0 and <= MaxPattern } || !TenantRules.IsWellFormed(pattern))
        {
            return false;
        }

        try
        {
            BlocklistMatcher.Compile(pattern);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
