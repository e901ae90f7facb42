using System.Text.Json;
using Caas.Core.Callers;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Tokens;

/// <summary>The platform's ES256 signing keys: made at first start, published as a JWKS, rotated by the admin.</summary>
public sealed partial class SigningKeyService(SigningKeyRing ring, ISigningKeyStore store, TimeProvider clock, ILogger<SigningKeyService> logger)
{
    /// <summary>The public keys as a JSON Web Key Set (RFC 7517), UTF-8: those whose tokens may live.</summary>
    public async Task<byte[]> GetJwksAsync(CancellationToken cancellationToken)
    {
        var keys = await ring.CurrentAsync(cancellationToken);
        var now = clock.GetUtcNow();
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("keys");
            foreach (var pair in keys.Pairs.Where(pair => pair.Verifies(now)))
            {
                Write(writer, pair);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Makes a new signing key; the one before verifies until the longest token that it signed has ended. Other processes sign with the new one within a minute.</summary>
    /// <returns>The new key's <c>kid</c>.</returns>
    /// <exception cref="RefusedException"><c>not_allowed</c> for all but the platform admin.</exception>
    public async Task<string> RotateAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Kind != CallerKind.Admin)
        {
            throw Refusal.NotAllowed.With("Only the platform admin may do this.");
        }

        var newest = await ring.AddAsync(cancellationToken);
        var verifyUntil = clock.GetUtcNow() + SigningKeyRing.Refresh + TokenOptions.MostLifetime + TokenOptions.ClockSkew;

        // All of them: one may be left from a rotation that broke off here.
        foreach (var older in newest.Pairs.Where(pair => pair.Number < newest.Signing.Number && pair.VerifyUntil is null))
        {
            await store.RetireAsync(older.Kid, verifyUntil, cancellationToken);
        }

        LogRotated(newest.Signing.Kid, verifyUntil);
        return newest.Signing.Kid;
    }

    [LoggerMessage(4103, LogLevel.Information, "The signing key was rotated: {Kid} signs now; those before verify until {VerifyUntil:O}.")]
    private partial void LogRotated(string kid, DateTimeOffset verifyUntil);

    private static void Write(Utf8JsonWriter writer, SigningKeyPair pair)
    {
        var point = pair.Key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        writer.WriteStartObject();
        writer.WriteString("kty", "EC");
        writer.WriteString("crv", "P-256");
        writer.WriteString("x", System.Buffers.Text.Base64Url.EncodeToString(point.X));
        writer.WriteString("y", System.Buffers.Text.Base64Url.EncodeToString(point.Y));
        writer.WriteString("use", "sig");
        writer.WriteString("alg", "ES256");
        writer.WriteString("kid", pair.Kid);
        writer.WriteEndObject();
    }
}
