using System.Buffers;
using System.Buffers.Binary;

namespace Caas.Core.Ids;

/// <summary>A tenant's id: 1 to 40 of <c>a-z 0-9 -</c>.</summary>
public readonly record struct TenantId
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <exception cref="RefusedException"><c>validation_failed</c> when it is not of that form.</exception>
    public TenantId(string value) => Value = IsValid(value) ? value : throw Refusal.ValidationFailed.With("tenantId", "must be 1 to 40 of a-z 0-9 -");

    public string Value { get; }

    public static bool IsValid(string? value) => value is { Length: > 0 and <= 40 } && !value.AsSpan().ContainsAnyExcept(Allowed);

    public override string ToString() => Value;
}

/// <summary>A user's id in its tenant: 1 to 64 of <c>A-Z a-z 0-9 - _ . @ :</c>, not <c>.</c> or <c>..</c>.</summary>
public readonly record struct UserId
{
    /// <exception cref="RefusedException"><c>validation_failed</c> when it is not of that form.</exception>
    public UserId(string value) => Value = PublicId.Require(value, "userId");

    public string Value { get; }

    public override string ToString() => Value;
}

/// <summary>A conversation's id in its tenant: of the same form as a user's.</summary>
public readonly record struct ConversationId
{
    /// <exception cref="RefusedException"><c>validation_failed</c> when it is not of that form.</exception>
    public ConversationId(string value) => Value = PublicId.Require(value, "conversationId");

    public string Value { get; }

    public override string ToString() => Value;
}

/// <summary>The form of the ids that callers choose. None may hold a <c>/</c>, which joins the parts of keys, or a <c>$</c>, which marks reserved logs.</summary>
public static class PublicId
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@:");

    public static bool IsValid(string? value) => value is { Length: > 0 and <= 64 } and not ("." or "..") && !value.AsSpan().ContainsAnyExcept(Allowed);

    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <paramref name="field"/>.</exception>
    public static string Require(string? value, string field) =>
        IsValid(value) ? value! : throw Refusal.ValidationFailed.With(field, "must be 1 to 64 of A-Z a-z 0-9 - _ . @ :");
}

/// <summary>Makes ids: UUIDs of version 7 (RFC 9562), which sort by time; those of one process in the order in which they were made, also within a millisecond (its 6.2, method 1).</summary>
public sealed class IdGenerator(TimeProvider clock)
{
    private const int CountBits = 12;

    /// <summary>The millisecond of the last id, and its number within it. A clock that goes back counts on where it was.</summary>
    private long _last;

    public string Next()
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() << CountBits;
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);

        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(next >> CountBits)).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (next & 0xFFF)));
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
