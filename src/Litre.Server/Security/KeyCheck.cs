using Litre.Access.Keys;
using Litre.Core;
using Litre.Server.Errors;
using Litre.Server.Requests;
using Litre.Server.Settings;

namespace Litre.Server.Security;

/// <summary>
/// Requires a key for the protocols and the metrics if any key exists, or if the server listens on an address of the network. Once a key
/// was required it stays so: the revocation of the last key must not open the server.
/// </summary>
internal sealed class KeyCheck(KeyStore keys, ServerSettings settings, ILogger<KeyCheck> logger) : IMiddleware
{
    private const string Bearer = "Bearer ";

    private volatile bool _isRequired = !settings.IsLoopback;

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/v1") || path.StartsWithSegments("/metrics"))
            context.Record().Key = Find(context.Request);
        return next(context);
    }

    /// <summary>For requests that change the state of the server, which need an admin key even if others need none.</summary>
    /// <exception cref="ApiException">The key is missing, or is not an admin key.</exception>
    public static void RequireAdmin(RequestRecord record)
    {
        if (record.Key is null)
            throw Unauthorized(
                "this needs an admin key; create one with litre key new and its option `admin`, and send it as Authorization: Bearer KEY"
            );
        if (!record.Key.IsAdmin)
            throw new ApiException(
                StatusCodes.Status403Forbidden,
                "this needs an admin key, and the key of the request is not one; create one with litre key new and its option `admin`",
                code: "admin_key_required"
            );
    }

    private ApiKey? Find(HttpRequest request)
    {
        try
        {
            if (!_isRequired && keys.Keys.Count > 0)
                _isRequired = true;
            var secret = Secret(request);
            if ((secret is null ? null : keys.Find(secret)) is { } key)
                return key;
            // Clients that require a key send any text where none is needed.
            return !_isRequired
                ? null
                : throw Unauthorized(
                    secret is null
                        ? "this server needs a key; send it as Authorization: Bearer KEY, or as x-api-key: KEY"
                        : "the key of the request is not valid; it was revoked, or belongs to another server"
                );
        }
        catch (InputException e)
        {
            logger.LogError("The keys cannot be read: {Reason}", e.Message);
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable,
                "the keys of this server cannot be read; its operator finds the reason in the server's log",
                code: "keys_unavailable"
            );
        }
    }

    private static string? Secret(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } value] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return value[Bearer.Length..].Trim();
        return request.Headers["x-api-key"] is [{ } key] ? key.Trim() : null;
    }

    private static ApiException Unauthorized(string message) => new(StatusCodes.Status401Unauthorized, message, code: "invalid_api_key");
}
