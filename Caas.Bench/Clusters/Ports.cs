using System.Net;
using System.Net.Sockets;
using Caas.Standalone;

namespace Caas.Bench.Clusters;

internal static class Ports
{
    private const int Tries = 100;

    /// <summary>A free port with so many free ones behind it.</summary>
    public static int TakeRow(int count)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var first = FreePorts.Take();
            if (Enumerable.Range(first + 1, count - 1).All(IsFree))
            {
                return first;
            }
        }

        throw new BenchException($"No {count} free ports in a row were found.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
