using System.Net;
using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Security;

/// <summary>
/// Accepts requests for a loopback name, for the address that they arrived at, and for allowed names. A web page whose name was made to
/// resolve to this machine sends its own name, and is refused.
/// </summary>
internal sealed class HostCheck(ServerSettings settings) : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        IsAllowed(context)
            ? next(context)
            : throw new ApiException(
                StatusCodes.Status403Forbidden,
                "the Host header names neither this machine's loopback nor the address of this server; a name has to be allowed with "
                    + "`allowed-host` when the server is started",
                code: "host_not_allowed"
            );

    private bool IsAllowed(HttpContext context)
    {
        var host = context.Request.Host.Host.TrimEnd('.');
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        if (IPAddress.TryParse(host, out var address))
            return IPAddress.IsLoopback(address) || IsSame(address, context.Connection.LocalIpAddress) || IsSame(address, settings.Address);
        return settings.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsSame(IPAddress address, IPAddress? other) =>
        other is not null && Plain(address).Equals(Plain(other)) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
