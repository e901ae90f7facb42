using System.Text;
using System.Text.Json;
using Caas.Bench.League;
using Caas.Contracts;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>The league finds its messages by their bytes; here they are held to what the hubs and the contracts say.</summary>
public sealed class HubLinesTests
{
    [Fact]
    public void A_message_carries_when_it_was_meant_to_be_sent()
    {
        var buffer = new byte[1024];
        var length = HubLines.WriteSend("room-1", id: 7, due: 1234567890123, buffer);
        Assert.Equal(0x1e, buffer[length - 1]);

        using var call = JsonDocument.Parse(buffer.AsMemory(0, length - 1));
        Assert.Equal("SendMessage", call.RootElement.GetProperty("target").GetString());
        var request = call.RootElement.GetProperty("arguments")[0];
        Assert.Equal(HubLines.TextLength, request.GetProperty("text").GetString()!.Length);

        var entry = new EntryResponse("room-1", 3, EntryTypes.MessageCreated, "ann", DateTimeOffset.UnixEpoch, "m-7", Message(request.GetProperty("text").GetString()!), null);
        Assert.Equal(HubLineKind.Delivery, HubLines.Read(Delivery(JsonSerializer.Serialize(entry, CaasJsonContext.Default.EntryResponse)), out var due));
        Assert.Equal(1234567890123, due);
        Assert.Equal(HubLineKind.Delivery, HubLines.Read(Delivery(request.GetRawText()), out due));
        Assert.Equal(1234567890123, due);
    }

    [Theory]
    [InlineData("""{"type":6}""", 0)]
    [InlineData("""{"type":1,"target":"Entry","arguments":[{"conversationId":"room-1","seq":1,"type":"conversation.created"}]}""", 0)]
    [InlineData("""{"type":1,"target":"ConversationUpdated","arguments":[{"lastMessage":{"text":"due 0000001234567890123 ."}}]}""", 0)]
    [InlineData("""{"type":3,"invocationId":"7","result":{"messageId":"m","seq":2,"error":null}}""", 2)]
    [InlineData("""{"type":3,"invocationId":"7","error":"not_a_member: no"}""", 3)]
    public void Nothing_else_is_taken_for_a_delivery(string message, int kind)
    {
        Assert.Equal((HubLineKind)kind, HubLines.Read(Encoding.UTF8.GetBytes(message), out var due));
        Assert.Equal(0, due);
    }

    private static byte[] Delivery(string argument) => Encoding.UTF8.GetBytes($$"""{"type":1,"target":"Entry","arguments":[{{argument}}]}""");

    private static MessageResponse Message(string text) => JsonSerializer.Deserialize(
        $$"""{"id":"m","conversationId":"room-1","seq":3,"senderId":"ann","text":"{{text}}","attachments":[],"mentions":[],"replyCount":0,"reactions":{},"rev":3,"createdAt":"2026-01-01T00:00:00Z","threadOf":null,"custom":null,"editedAt":null,"deletedAt":null,"pinnedAt":null,"clientMessageId":"m-7"}""",
        CaasJsonContext.Default.MessageResponse)!;
}
