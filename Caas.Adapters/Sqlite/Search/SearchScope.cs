using System.Security.Cryptography;
using System.Text;
using Caas.Core.Ids;
using Caas.Core.Search;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>
/// Tokens that say where a message stands and whose it is, beside those of its words: so the index itself narrows a search to a few conversations. They begin with a character that no word has.
/// They are hashes: two that are alike only cost, for what is found is looked at.
/// </summary>
internal static class SearchScope
{
    public static string OfConversation(TenantId tenant, string log) => Token('\uE000', $"{tenant.Value}/{log}");

    public static string OfSender(TenantId tenant, string user) => Token('\uE001', $"{tenant.Value}/{user}");

    public static string OfTenant(TenantId tenant) => Token('\uE002', tenant.Value);

    public static IEnumerable<string> TokensOf(SearchDocument document)
    {
        yield return OfTenant(document.Log.Tenant);
        yield return OfConversation(document.Log.Tenant, document.Log.Name);
        if (document.SenderId is { } sender)
        {
            yield return OfSender(document.Log.Tenant, sender);
        }
    }

    private static string Token(char kind, string what)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(what), hash);
        return kind + Convert.ToHexStringLower(hash[..7]);
    }
}
