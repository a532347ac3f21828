using Litre.Server.Errors;
using Litre.Server.Settings;

namespace Litre.Server.Security;

/// <summary>Refuses requests of web pages, which browsers mark with an Origin header, except those of allowed origins.</summary>
internal sealed class OriginCheck(ServerSettings settings) : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var origins = context.Request.Headers.Origin;
        return origins.Count == 0 || origins is [{ } origin] && settings.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
            ? next(context)
            : throw new ApiException(
                StatusCodes.Status403Forbidden,
                "requests of this web page are not allowed; its origin has to be allowed with `allow-origin` when the server is started",
                code: "origin_not_allowed"
            );
    }
}
