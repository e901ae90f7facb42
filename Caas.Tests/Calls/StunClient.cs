using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Caas.Tests.Calls;

/// <summary>As much of STUN (RFC 8489) and TURN (RFC 8656) as it takes to ask for a relayed address with long-term credentials, over UDP.</summary>
internal sealed class StunClient(int port) : IDisposable
{
    private const uint Cookie = 0x2112A442;
    private const ushort Allocate = 0x0003;
    private const ushort Succeeded = 0x0103;
    private const ushort Username = 0x0006, MessageIntegrity = 0x0008, ErrorCode = 0x0009, Realm = 0x0014, Nonce = 0x0015, XorRelayedAddress = 0x0016, RequestedTransport = 0x0019;
    private static readonly byte[] Udp = [17, 0, 0, 0];

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>The port that the server relays for these credentials, or the code that it refuses with (401: they are wrong, or over).</summary>
    public async Task<(int? RelayedPort, int? Error)> AllocateAsync(string username, string password, CancellationToken cancellationToken)
    {
        var asked = await AskAsync([(RequestedTransport, Udp)], null, cancellationToken);
        if (Error(asked) != 401)
        {
            throw new InvalidDataException("The server did not ask for credentials.");
        }

        var (realm, nonce) = (asked.Attributes[Realm], asked.Attributes[Nonce]);
#pragma warning disable CA5351 // As the RFC has it.
        var key = MD5.HashData([.. Encoding.UTF8.GetBytes(username + ":"), .. realm, .. Encoding.UTF8.GetBytes(":" + password)]);
#pragma warning restore CA5351
        var answer = await AskAsync([(RequestedTransport, Udp), (Username, Encoding.UTF8.GetBytes(username)), (Realm, realm), (Nonce, nonce)], key, cancellationToken);
        return answer.Type == Succeeded ? (BinaryPrimitives.ReadUInt16BigEndian(answer.Attributes[XorRelayedAddress].AsSpan(2)) ^ (int)(Cookie >> 16), null) : (null, Error(answer));
    }

    public void Dispose() => _socket.Dispose();

    private static int? Error((ushort Type, Dictionary<ushort, byte[]> Attributes) answer) => answer.Attributes.TryGetValue(ErrorCode, out var code) ? (code[2] * 100) + code[3] : null;

    /// <summary>Sends it again, as the RFC wants of UDP, until there is an answer: the server may be still starting.</summary>
    private async Task<(ushort Type, Dictionary<ushort, byte[]> Attributes)> AskAsync((ushort Type, byte[] Value)[] attributes, byte[]? key, CancellationToken cancellationToken)
    {
        var request = Write(attributes, key);
        for (var attempt = 0; ; attempt++)
        {
            // Not left waiting: it would take the next answer for itself.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromMilliseconds(200));
            try
            {
                await _socket.SendAsync(request, new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
                while (true)
                {
                    var answer = (await _socket.ReceiveAsync(patience.Token)).Buffer;
                    if (answer.AsSpan(8, 12).SequenceEqual(request.AsSpan(8, 12)))
                    {
                        return Read(answer);
                    }
                }
            }
            catch (Exception silent) when (attempt < 100 && !cancellationToken.IsCancellationRequested && silent is OperationCanceledException or SocketException)
            {
                // Not yet.
            }
        }
    }

    private static byte[] Write((ushort Type, byte[] Value)[] attributes, byte[]? key)
    {
        var body = new List<byte>();
        foreach (var (type, value) in attributes)
        {
            Append(body, type, value);
        }

        var id = RandomNumberGenerator.GetBytes(12);
        if (key is not null)
        {
            // The length counts the integrity attribute, which is made over everything before it.
#pragma warning disable CA5350 // As the RFC has it.
            Append(body, MessageIntegrity, HMACSHA1.HashData(key, (byte[])[.. Head(body.Count + 24, id), .. body]));
#pragma warning restore CA5350
        }

        return [.. Head(body.Count, id), .. body];
    }

    private static byte[] Head(int length, byte[] id)
    {
        var head = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(head, Allocate);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), Cookie);
        id.CopyTo(head, 8);
        return head;
    }

    private static void Append(List<byte> body, ushort type, byte[] value) =>
        body.AddRange([(byte)(type >> 8), (byte)type, (byte)(value.Length >> 8), (byte)value.Length, .. value, .. new byte[(4 - (value.Length % 4)) % 4]]);

    private static (ushort Type, Dictionary<ushort, byte[]> Attributes) Read(byte[] answer)
    {
        var attributes = new Dictionary<ushort, byte[]>();
        for (var at = 20; at + 4 <= answer.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 2));
            attributes.TryAdd(BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at)), answer[(at + 4)..(at + 4 + length)]);
            at += 4 + ((length + 3) / 4 * 4);
        }

        return (BinaryPrimitives.ReadUInt16BigEndian(answer), attributes);
    }
}
