using Caas.Core.Entries;
using Caas.Core.Tenants;

namespace Caas.Core.Tokens;

/// <summary>Makes of entries what they revoke: refresh tokens in the store, everything else on the list. All of it can be repeated: ids are the entries' own.</summary>
public sealed class TokenRevoker(RevocationList revocations, IRefreshTokenStore refreshTokens)
{
    internal async Task ApplyAsync(Entry entry, TokensRevokedData data, CancellationToken cancellationToken)
    {
        var (tenant, user) = (entry.Log.Tenant, new UserId(data.UserId));
        if (data.Family is { } family)
        {
            await refreshTokens.RevokeFamilyAsync(tenant, family, entry.At, cancellationToken);
        }

        if (data.Kind == RevocationKind.UserTokens)
        {
            var before = data.Before ?? entry.At;
            await refreshTokens.RevokeUserAsync(tenant, user, before, entry.At, cancellationToken);
            await revocations.AddAsync(Of(entry, RevocationKind.UserTokens, data.Until) with { User = user, Before = before }, cancellationToken);
        }

        foreach (var id in data.Ids)
        {
            var revocation = Of(entry, RevocationKind.Token, data.Until);
            await revocations.AddAsync(revocation with { Id = $"{revocation.Id}/{id}", User = user, TokenId = id }, cancellationToken);
        }
    }

    /// <param name="until">When the last token that was issued before has ended by itself.</param>
    internal async Task UserDeactivatedAsync(Entry entry, UserId user, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var before = entry.At + TimeSpan.FromMilliseconds(1); // Those of the same millisecond too.
        await refreshTokens.RevokeUserAsync(entry.Log.Tenant, user, before, entry.At, cancellationToken);
        await revocations.AddAsync(Of(entry, RevocationKind.UserDeactivated, until) with { User = user, Before = before }, cancellationToken);
    }

    /// <summary>Who loses the role of an admin loses the access tokens of before; refresh tokens stay, and give ones without it.</summary>
    internal Task UserDemotedAsync(Entry entry, UserId user, CancellationToken cancellationToken) =>
        revocations.AddAsync(Of(entry, RevocationKind.UserTokens, entry.At + TokenOptions.MostLifetime) with { User = user, Before = entry.At + TimeSpan.FromMilliseconds(1) }, cancellationToken);

    internal Task TenantDeletedAsync(Entry entry, CancellationToken cancellationToken) =>
        revocations.AddAsync(Of(entry, RevocationKind.TenantDeleted, entry.At + TokenOptions.MostLifetime), cancellationToken);

    private static Revocation Of(Entry entry, RevocationKind kind, DateTimeOffset until) =>
        new($"{entry.Log}/{entry.Seq}", kind, entry.Log.Tenant, null, null, null, null, null, entry.At, until);
}
