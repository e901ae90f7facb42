using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Caas.Standalone;

/// <summary>
/// Ports that are free now. Not asked of the system: those it gives are in the range from which it also takes the near ends of outgoing
/// connections, and one of these would take such a port before its host listens on it.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>What was given in this process: two who ask at the same time get different ones.</summary>
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Take()
    {
        for (var tries = 0; tries < 1_000; tries++)
        {
            var port = Random.Shared.Next(First, Last);
            if (IsFree(port) && Given.TryAdd(port, true))
            {
                return port;
            }
        }

        throw new IOException($"No port between {First} and {Last} is free.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
