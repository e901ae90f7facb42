using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Core.Entries;

/// <summary>What tells a repeated call from a reused client id: SHA-256 of what was asked for, hex. It never changes, whatever is edited later.</summary>
public static class ContentHash
{
    /// <param name="type">The entry's type.</param>
    /// <param name="content">What was asked for, without its client id.</param>
    public static string Of<T>(string type, T content, JsonTypeInfo<T> typeInfo)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(type + "\n"));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(content, typeInfo));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
