using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Inference.Serving;
using Litre.Server.Adapters;
using Litre.Server.Anthropic;
using Litre.Server.Errors;
using Litre.Server.Metrics;
using Litre.Server.OpenAi;
using Litre.Server.Operation;
using Litre.Server.Requests;
using Litre.Server.Security;
using Litre.Server.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;

namespace Litre.Server;

/// <summary>The server's parts and the order in which they see a request.</summary>
internal static class LitreServer
{
    /// <summary>
    /// Builds a server that is not started. It reads neither configuration files nor environment variables: what it does is given by its
    /// settings alone.
    /// </summary>
    /// <param name="settings">What it listens on and permits.</param>
    /// <param name="engine">Answers the requests; null if <see cref="EngineHost.Start"/> gets it when it is loaded.</param>
    /// <param name="keys">The keys of its clients.</param>
    /// <param name="audit">Where requests are recorded.</param>
    /// <param name="logging">Where the log goes; null for nowhere.</param>
    public static WebApplication Build(
        ServerSettings settings,
        IAnswerEngine? engine,
        KeyStore keys,
        AuditLog audit,
        Action<ILoggingBuilder>? logging = null
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listening.Configure(kestrel, settings));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Litre", LogLevel.Information);
        logging?.Invoke(builder.Logging);
        AddServices(builder.Services, settings, keys, audit);
        var app = builder.Build();
        if (engine is not null)
            app.Services.GetRequiredService<EngineHost>().Start(engine);
        UseMiddleware(app);
        MapEndpoints(app);
        return app;
    }

    private static void AddServices(IServiceCollection services, ServerSettings settings, KeyStore keys, AuditLog audit)
    {
        services.AddSingleton(settings).AddSingleton(keys).AddSingleton(audit);
        services.AddSingleton<EngineHost>().AddSingleton<ModelCatalog>().AddSingleton<AuditTrail>().AddSingleton<FailureTranslation>();
        services.AddSingleton(new ServerMetrics(settings.ModelName)).AddSingleton<AnswerService>().AddSingleton<StreamFailures>();
        services.AddSingleton(new AdapterRoot(settings.AdapterRoot)).AddSingleton<ChatEndpoint>();
        services.AddSingleton(OpenAiError.Shape).AddSingleton<ErrorWriter>();
        services.AddSingleton<RequestPipeline>().AddSingleton<HostCheck>().AddSingleton<OriginCheck>();
        services.AddSingleton<KeyCheck>().AddSingleton<ContentTypeCheck>();
        MessagesEndpoints.Add(services);
        services.AddRoutingCore();
        services.AddCors(cors =>
            cors.AddDefaultPolicy(policy => policy.WithOrigins([.. settings.AllowedOrigins]).AllowAnyHeader().WithMethods("GET", "POST"))
        );
        services.AddOpenApi(ApiDocument.Configure);
        // The program handles signals itself.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Drain);
        services.ConfigureHttpJsonOptions(json => JsonForm.Configure(json.SerializerOptions));
    }

    private static void UseMiddleware(WebApplication app)
    {
        app.UseMiddleware<RequestPipeline>();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<OriginCheck>();
        app.Use(CollapseSlashes);
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<KeyCheck>();
        app.UseMiddleware<ContentTypeCheck>();
    }

    private static void MapEndpoints(WebApplication app)
    {
        StateEndpoints.Map(app);
        MetricsEndpoint.Map(app);
        ModelEndpoints.Map(app);
        ChatEndpoint.Map(app);
        AdapterEndpoints.Map(app);
        MessagesEndpoints.Map(app);
        app.MapOpenApi("/openapi.json");
    }

    // Clients join an address that ends in a slash and a path that begins with one.
    private static Task CollapseSlashes(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value!;
        if (path.Contains("//", StringComparison.Ordinal))
            context.Request.Path = string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Prepend(""));
        return next(context);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
