using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Realtime.Protocols;
using MessagePack;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>MessagePack carries what JSON carries.</summary>
public sealed class SameOnBothProtocolsTests
{
    private static readonly MessagePackSerializerOptions Options = MessagePackSerializerOptions.Standard.WithResolver(new JsonBridgeResolver(HubJson.Options));

    public static TheoryData<Type> ContractTypes() =>
        [.. typeof(CaasJsonContext).GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))
            .Select(attribute => (Type)attribute.ConstructorArguments[0].Value!)
            .Distinct()];

    [Theory]
    [MemberData(nameof(ContractTypes))]
    public void Every_contract_type_has_the_same_keys_and_values_on_both(Type type)
    {
        foreach (var full in new[] { true, false })
        {
            var value = Sample.Of(type, full, "value");
            var json = JsonSerializer.Serialize(value, type, HubJson.Options);
            var packed = MessagePackSerializer.Serialize(type, value, Options, TestContext.Current.CancellationToken);

            // Read by MessagePack's own converter, which knows nothing of ours.
            var unpacked = MessagePackSerializer.ConvertToJson(packed, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(unpacked)), $"{json}\n{unpacked}");

            var back = MessagePackSerializer.Deserialize(type, packed, Options, TestContext.Current.CancellationToken);
            Assert.Equal(json, JsonSerializer.Serialize(back, type, HubJson.Options));
        }
    }

    [Theory]
    [InlineData("""{"conversationId":"c","messageId":"m"}""", false, null)]
    [InlineData("""{"conversationId":"c","messageId":"m","text":null}""", true, null)]
    [InlineData("""{"conversationId":"c","messageId":"m","text":"x"}""", true, "x")]
    public void Absent_null_and_a_value_stay_apart(string json, bool isSet, string? text)
    {
        var packed = Pack(json);
        var edit = MessagePackSerializer.Deserialize<HubEditMessageRequest>(packed, Options, TestContext.Current.CancellationToken);
        Assert.Equal(isSet, edit.Text.IsSet);
        Assert.Equal(text, edit.Text.Value);
        Assert.Equal(json, JsonSerializer.Serialize(edit, HubJson.Options).Replace(",\"clientMessageId\":null", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"big":9223372036854775807,"small":-9223372036854775808,"bigger":18446744073709551615,"exact":9007199254740993}""")]
    [InlineData("""{"pi":3.141592653589793,"tiny":1E-300,"half":0.5,"minus":-2.5}""")]
    [InlineData("""{"nested":[{"a":[]},{},[[]],[1,[2,[3]]],null,true,false,""],"text":"é漢字🎉\n\t\"\\/","":"empty key"}""")]
    public void What_a_client_puts_into_custom_comes_back(string json)
    {
        var packed = Pack(json);
        Assert.Equal(JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, HubJson.Options), Unpack(packed));
    }

    [Fact]
    public void A_number_that_MessagePack_cannot_hold_becomes_a_string() =>
        Assert.Equal("""["123456789012345678901234567890","1e999",1e+30]""", Unpack(Pack("[123456789012345678901234567890,1e999,1e30]")), ignoreCase: true);

    [Theory]
    [InlineData("CAFE")] // a number cut short
    [InlineData("CB7FF8000000000000")] // NaN
    [InlineData("C403010203")] // binary
    [InlineData("D6FF00000000")] // a timestamp
    [InlineData("8101A0")] // a key that is no string
    [InlineData("A2C328")] // not UTF-8
    [InlineData("DDFFFFFFFF")] // an array that claims four billion
    [InlineData("C1")] // never used
    [InlineData("92C0")] // cut short
    public void What_has_no_place_in_JSON_is_refused(string hex) =>
        Assert.ThrowsAny<Exception>(() => MessagePackSerializer.Deserialize<JsonElement>(Convert.FromHexString(hex), Options, TestContext.Current.CancellationToken));

    [Fact]
    public void Endless_nesting_is_refused()
    {
        var deep = Enumerable.Repeat((byte)0x91, 200_000).Append((byte)0xC0).ToArray();
        Assert.ThrowsAny<MessagePackSerializationException>(() => MessagePackSerializer.Deserialize<JsonElement>(deep, Options, TestContext.Current.CancellationToken));
    }

    private static byte[] Pack(string json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        MessagePackJson.Write(Encoding.UTF8.GetBytes(json), ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static string Unpack(byte[] packed)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = HubJson.Options.Encoder }))
        {
            var reader = new MessagePackReader(packed);
            MessagePackJson.Read(ref reader, json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Makes values of any contract type, with everything set or with the least.</summary>
    private static class Sample
    {
        public static object? Of(Type type, bool full, string name)
        {
            if (Nullable.GetUnderlyingType(type) is { } underlying)
            {
                return full ? Of(underlying, full, name) : null;
            }

            if (type.IsEnum)
            {
                return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
            }

            if (type == typeof(string))
            {
                return $"{name} é\"<漢>";
            }

            if (type == typeof(DateTimeOffset))
            {
                return new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero);
            }

            if (type == typeof(JsonElement))
            {
                return JsonDocument.Parse("""{"a":[1,2.5,"x",null,true,{"b":{}}],"n":9007199254740993}""").RootElement;
            }

            if (type == typeof(bool))
            {
                return full;
            }

            if (type == typeof(int) || type == typeof(long))
            {
                return Convert.ChangeType(full ? (object)int.MaxValue : 0, type, CultureInfo.InvariantCulture);
            }

            if (type == typeof(double))
            {
                return full ? 2.5 : 0.0;
            }

            return type.IsGenericType || type.IsArray ? OfGeneric(type, full, name) : OfRecord(type, full);
        }

        private static object? OfGeneric(Type type, bool full, string name)
        {
            if (type.IsArray)
            {
                var array = Array.CreateInstance(type.GetElementType()!, 1);
                array.SetValue(Of(type.GetElementType()!, full, name), 0);
                return array;
            }

            var (definition, arguments) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
            if (definition == typeof(IReadOnlyList<>))
            {
                var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
                list.Add(Of(arguments[0], full, name));
                return list;
            }

            if (definition == typeof(IReadOnlyDictionary<,>))
            {
                var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
                dictionary.Add("👍", Of(arguments[1], full, name));
                return dictionary;
            }

            return definition == typeof(Optional<>) ? Activator.CreateInstance(type, Of(arguments[0], full: true, name)) : OfRecord(type, full);
        }

        private static object OfRecord(Type type, bool full)
        {
            var constructor = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance).OrderByDescending(candidate => candidate.GetParameters().Length).First();
            var nullability = new NullabilityInfoContext();
            var made = constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
                !full && !parameter.ParameterType.IsValueType && nullability.Create(parameter).WriteState == NullabilityState.Nullable ? null : Of(parameter.ParameterType, full, parameter.Name!))]);
            foreach (var property in type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } && constructor.GetParameters().All(parameter => parameter.Name != property.Name)))
            {
                if (full)
                {
                    property.SetValue(made, Of(property.PropertyType, full, property.Name));
                }
            }

            return made;
        }
    }
}
