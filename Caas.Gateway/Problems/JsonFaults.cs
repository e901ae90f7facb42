using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Gateway.Problems;

/// <summary>Everything in a body that is missing or of a wrong type, by its path: the serializer tells the first one only.</summary>
internal static class JsonFaults
{
    /// <summary>More are not listed: a long list of wrong items is wrong in the same way.</summary>
    private const int Most = 50;

    /// <returns>Empty where nothing of the kind is found: then something else is wrong.</returns>
    public static IReadOnlyDictionary<string, string[]> Find(Type root, ReadOnlyMemory<byte> body, JsonSerializerOptions options)
    {
        var faults = new Dictionary<string, string[]>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = options.MaxDepth });
            Look(document.RootElement, JsonExpectation.Unwrap(root), "", options, faults);
        }
        catch (JsonException)
        {
            // Only part of it was read: what is known is what the serializer said.
        }

        return faults;
    }

    private static void Look(JsonElement value, Type type, string path, JsonSerializerOptions options, Dictionary<string, string[]> faults)
    {
        var contract = options.GetTypeInfo(type);
        if (faults.Count >= Most)
        {
            return;
        }

        switch (contract.Kind)
        {
            case JsonTypeInfoKind.Object when value.ValueKind == JsonValueKind.Object:
                LookInside(value, contract, path, options, faults);
                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind == JsonValueKind.Array && contract.ElementType is { } element:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    var place = $"{path}[{index++}]";
                    if (item.ValueKind != JsonValueKind.Null)
                    {
                        Look(item, JsonExpectation.Unwrap(element), place, options, faults);
                    }
                }

                break;
            default:
                if (FaultOf(value, contract, options) is { } fault)
                {
                    faults.TryAdd(path.Length == 0 ? "body" : path, [fault]);
                }

                break;
        }
    }

    private static void LookInside(JsonElement value, JsonTypeInfo contract, string path, JsonSerializerOptions options, Dictionary<string, string[]> faults)
    {
        LookForUnknown(value, contract, path, faults);
        foreach (var property in contract.Properties)
        {
            var place = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (!value.TryGetProperty(property.Name, out var given))
            {
                if (property.IsRequired)
                {
                    faults.TryAdd(place, ["is required"]);
                }
            }
            else if (given.ValueKind != JsonValueKind.Null)
            {
                Look(given, JsonExpectation.Unwrap(property.PropertyType), place, options, faults);
            }
            else if (!MayBeNull(property))
            {
                faults.TryAdd(place, [JsonExpectation.Describe(JsonExpectation.Unwrap(property.PropertyType), options)]);
            }
        }
    }

    /// <summary>Most bodies may hold what we do not know; of those that may not, what they hold beyond.</summary>
    private static void LookForUnknown(JsonElement value, JsonTypeInfo contract, string path, Dictionary<string, string[]> faults)
    {
        if (contract.UnmappedMemberHandling != JsonUnmappedMemberHandling.Disallow)
        {
            return;
        }

        foreach (var given in value.EnumerateObject())
        {
            try
            {
                var name = given.Name;
                if (faults.Count < Most && !contract.Properties.Any(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                {
                    faults.TryAdd(path.Length == 0 ? name : $"{path}.{name}", ["is not known here"]);
                }
            }
            catch (InvalidOperationException unfit) when (UnfitJson.ReasonOf(unfit) is { } reason)
            {
                faults.TryAdd(path.Length == 0 ? "body" : path, [reason]);
            }
        }
    }

    private static bool MayBeNull(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType
            ? JsonExpectation.Unwrap(property.PropertyType) != property.PropertyType
            : property.AssociatedParameter?.IsNullable ?? property.IsSetNullable;

    /// <returns>Null: it fits.</returns>
    private static string? FaultOf(JsonElement value, JsonTypeInfo contract, JsonSerializerOptions options)
    {
        try
        {
            value.Deserialize(contract);
            return null;
        }
        catch (JsonException misfit)
        {
            return UnfitJson.ReasonOf(misfit) ?? JsonExpectation.Describe(contract.Type, options);
        }
    }
}
