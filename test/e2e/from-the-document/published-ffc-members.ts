// Generated from the OpenAPI document by scripts/docs/open-api-types.ts ("npm run docs").
export interface paths {
  '/v2/members/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get myself */
    get: operations['MembersApiMembersController_getMe'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/stream-key': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get my stream key */
    get: operations['MembersApiStreamKeysController_getStreamKey'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/tokens/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Renew all tokens
     * @description Each refresh token is used once and replaced. Used again within 30 seconds it gives the same new refresh token, for a client that lost the answer; any later use ends the login.
     */
    post: operations['MembersApiTokensController_refreshTokens'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List my video rooms
     * @description With `appUserId`: that member's video rooms, as far as I may watch them.
     */
    get: operations['MembersApiVideoRoomsController_listVideoRooms'];
    put?: never;
    /** Create a video room of my own */
    post: operations['MembersApiVideoRoomsController_createVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a video room
     * @description One of my own, or one that I may watch.
     */
    get: operations['MembersApiVideoRoomsController_getVideoRoom'];
    put?: never;
    post?: never;
    /**
     * Delete a video room of my own
     * @description A scheduled one is cancelled first. The answer shows it as it was, DELETED.
     */
    delete: operations['MembersApiVideoRoomsController_deleteVideoRoom'];
    options?: never;
    head?: never;
    /**
     * Change a video room of my own
     * @description What is not sent stays as it is.
     */
    patch: operations['MembersApiVideoRoomsController_updateVideoRoom'];
    trace?: never;
  };
  '/v2/members/me/video-rooms/uuid/{uuid}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Get a video room by its UUID */
    get: operations['MembersApiVideoRoomsController_getVideoRoomByUuid'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Go live
     * @description Also at: `/video-rooms/{videoRoomId}/rtmp-broadcast/state/live`
     */
    post: operations['MembersApiVideoRoomsController_startVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * End the broadcast
     * @description Also at: `/video-rooms/{videoRoomId}/rtmp-broadcast/state/ended`
     */
    post: operations['MembersApiVideoRoomsController_endVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/members/me/video-rooms/{videoRoomId}/rtmp-broadcast/state/cancelled': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Cancel a scheduled broadcast */
    post: operations['MembersApiVideoRoomsController_cancelVideoRoom'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Member: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      appUserId: string;
      appUserName: string | null;
      appUserProfileImgUrl: string | null;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      email: string | null;
      country: string | null;
      lang: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    StreamKey: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** @enum {string} */
      streamKeyState:
        'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      forciblyTerminated: boolean;
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
        /** @enum {string} */
        defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
      };
      videoRoom: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED' | 'ARCHIVED';
        type: string;
        title: string;
      } | null;
      ingestUrl: string;
      streamKey: string;
      /**
       * @description Mode of what is published now; null where nothing is.
       * @enum {string|null}
       */
      mode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      /**
       * @description The key's own output mode; null leaves it to the app.
       * @enum {string|null}
       */
      defaultRtmpOutputMode: 'RTMP' | 'CMAF' | 'RTMP_CMAF' | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      profile: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        type: 'VIDEO' | 'THUMBNAIL' | 'PREVIEW' | 'BROADCAST_RTMP';
        name: string;
        /** @description What it says depends on its type. BROADCAST_RTMP: segmentDuration in seconds, videoStreams with pixels and bits per second, audioStream, drm. */
        profile: {
          [key: string]: unknown;
        };
        revision: number;
      };
      error: {
        code?: string;
        message: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        occurredAt?: string;
      } | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
    };
    MemberTokens: {
      /**
       * @description Opens the member API for 24 hours, as a Bearer token.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      accessToken: string;
      /**
       * @description Renews all three tokens, once; used within 30 days.
       * @example rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0
       */
      refreshToken: string;
      /**
       * @description Opens what the member may watch: add it to a play URL as `streamingToken`.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl
       */
      streamingToken: string;
      member: components['schemas']['Member'];
    };
    MemberVideoRoom: {
      id: number;
      /**
       * @description ACTIVE, or DELETED for what was removed.
       * @enum {string}
       */
      state: 'ACTIVE' | 'DELETED';
      /** Format: uuid */
      uuid: string;
      /** @enum {string} */
      type:
        | 'BROADCAST_RTMP'
        | 'VIDEO_CONFERENCE'
        | 'WEBINAR'
        | 'VIDEO_SURVEILLANCE'
        | 'BROADCAST_WEBRTC'
        | 'SURVEILLANCE'
        | 'INTERACTIVE_MEETING';
      /** @enum {string} */
      protocol: 'RTMP' | 'WEB_RTC';
      /** @enum {string} */
      videoRoomState: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED';
      forciblyTerminated: boolean;
      /** @enum {string} */
      vodState: 'NOT_ARCHIVED' | 'ARCHIVING' | 'ARCHIVED' | 'FAILED_ARCHIVING';
      vodUrl: string | null;
      accessLevel: string;
      /** @enum {string} */
      format: 'UNDEFINED' | 'RTMP' | 'CMAF' | 'RTMP_CMAF';
      app: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        name: string;
      };
      member: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        appUserId: string;
        appUserName: string | null;
        appUserProfileImgUrl: string | null;
        customType: string | null;
      };
      channel: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        channelState: string;
        name: string;
      };
      /** @enum {string} */
      creatorType: 'USER' | 'APP' | 'MEMBER';
      creatorId: number;
      title: string;
      description: string | null;
      customType: string | null;
      /**
       * @description Names to texts of your own; at most 10.
       * @example {
       *       "color": "red"
       *     }
       */
      customData: {
        [key: string]: string;
      } | null;
      policy: {
        hasPassword: boolean;
        manuallyApproval: boolean;
        canAutoRoomCompositeRecording: boolean;
      };
      reconnectWindow: number | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      scheduledAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      cancelledAt: string | null;
      lastSessionNo: number;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveStartedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      liveEndedAt: string | null;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      vodArchivedAt: string | null;
      streamKey: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        /** @enum {string} */
        streamKeyState:
          'INACTIVE' | 'ACTIVE_PREP' | 'ACTIVE' | 'ACTIVE_LIVE' | 'INACTIVE_LIVE' | 'ACTIVE_LIVE_PREP';
      } | null;
      playUrl: string | null;
      cmafHlsPlayUrl: string | null;
      cmafDashPlayUrl: string | null;
      rtmpPlayUrl: string | null;
      httpFlvPlayUrl: string | null;
      liveUrl: string | null;
      videoPostId: number | null;
      videoPost: {
        id: number;
        /**
         * @description ACTIVE, or DELETED for what was removed.
         * @enum {string}
         */
        state: 'ACTIVE' | 'DELETED';
        videoPostState: string;
        type: string;
        title: string;
      } | null;
      chat: {
        videoKey: string;
        channelKey: string;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        createdAt: string | null;
        /**
         * Format: date-time
         * @example 2026-11-21T12:00:00.000Z
         */
        closedAt: string | null;
        created: boolean;
        closed: boolean;
      };
      stats: {
        totalMemberWhitelistCount: number;
      };
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      createdAt: string;
      /**
       * Format: date-time
       * @example 2026-11-21T12:00:00.000Z
       */
      lastModifiedAt: string;
      createdBy: null;
      lastModifiedBy: null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  MembersApiMembersController_getMe: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "appUserId": "alice",
           *       "appUserName": "Alice",
           *       "appUserProfileImgUrl": "https://example.com/alice.png",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "email": "alice@example.com",
           *       "country": "text",
           *       "lang": "text",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['Member'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiStreamKeysController_getStreamKey: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "streamKeyState": "INACTIVE",
           *       "forciblyTerminated": false,
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app",
           *         "defaultRtmpOutputMode": "RTMP"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png"
           *       },
           *       "videoRoom": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoRoomState": "SCHEDULED",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "ingestUrl": "rtmp://media.example.com:1935/live",
           *       "streamKey": "7-Zk3v9QxT0mW4cR8sLpYuA",
           *       "mode": "RTMP",
           *       "defaultRtmpOutputMode": "RTMP",
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "profile": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "type": "VIDEO",
           *         "name": "My app",
           *         "profile": {},
           *         "revision": 1
           *       },
           *       "error": {
           *         "code": "not_viewable",
           *         "message": "No picture came within 20 s.",
           *         "occurredAt": "2026-11-21T12:00:00.000Z"
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *     }
           */
          'application/json': components['schemas']['StreamKey'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `STREAM_KEY_NOT_FOUND`: There is no such stream key in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "STREAM_KEY_NOT_FOUND",
           *       "errorMessage": "There is no such stream key in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'STREAM_KEY_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiTokensController_refreshTokens: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0"
         *     }
         */
        'application/json': {
          refreshToken: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "accessToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "refreshToken": "rt.0f8fad5bd9cb469fa16570867728950e.0.c2lnbmF0dXJlLW9mLXRoaXJ0eS10d28tYnl0ZXMtLS0",
           *       "streamingToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbWluZytqd3QifQ.eyJpc3MiOiJTaG93cnVubmVyIn0.c2lnbmF0dXJl",
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "app": {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "name": "My app"
           *         },
           *         "email": "alice@example.com",
           *         "country": "text",
           *         "lang": "text",
           *         "customType": "text",
           *         "customData": {
           *           "color": "red"
           *         },
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "lastModifiedAt": "2026-11-21T12:00:00.000Z"
           *       }
           *     }
           */
          'application/json': components['schemas']['MemberTokens'];
        };
      };
      /**
       * @description - `EMPTY_REFRESH_TOKEN`: refreshToken is required.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_REFRESH_TOKEN",
           *       "errorMessage": "refreshToken is required."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              'EMPTY_REFRESH_TOKEN' | 'INVALID_REQUEST' | 'INVALID_HTTP_MESSAGE_BODY' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `INVALID_REFRESH_TOKEN`: The refresh token is not valid, was used before, or was taken back. Log the member in again.
       *     - `EXPIRED_REFRESH_TOKEN`: The refresh token has expired. Log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REFRESH_TOKEN",
           *       "errorMessage": "The refresh token is not valid, was used before, or was taken back. Log the member in again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REFRESH_TOKEN' | 'EXPIRED_REFRESH_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_listVideoRooms: {
    parameters: {
      query?: {
        /** @description Number of the page, from 0. A page beyond the end is empty. */
        page?: number;
        /** @description Entries of a page, 10 by default. More than 1,000 counts as 1,000. */
        pageSize?: number;
        /** @description Order; CREATED_AT_DESC by default. */
        sortBy?: 'CREATED_AT_ASC' | 'CREATED_AT_DESC' | 'LAST_MODIFIED_AT_ASC' | 'LAST_MODIFIED_AT_DESC';
        appUserId?: string;
        /** @description Part of the title. */
        keyword?: string;
        videoRoomState?: 'SCHEDULED' | 'CANCELLED' | 'LIVE' | 'LIVE_INACTIVE' | 'ENDED';
        type?:
          | 'BROADCAST_RTMP'
          | 'VIDEO_CONFERENCE'
          | 'WEBINAR'
          | 'VIDEO_SURVEILLANCE'
          | 'BROADCAST_WEBRTC'
          | 'SURVEILLANCE'
          | 'INTERACTIVE_MEETING';
        accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "content": [
           *         {
           *           "id": 1,
           *           "state": "ACTIVE",
           *           "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *           "type": "BROADCAST_RTMP",
           *           "protocol": "RTMP",
           *           "videoRoomState": "SCHEDULED",
           *           "forciblyTerminated": false,
           *           "vodState": "NOT_ARCHIVED",
           *           "vodUrl": "text",
           *           "accessLevel": "PUBLIC",
           *           "format": "UNDEFINED",
           *           "app": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "name": "My app"
           *           },
           *           "member": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "appUserId": "alice",
           *             "appUserName": "Alice",
           *             "appUserProfileImgUrl": "https://example.com/alice.png",
           *             "customType": "text"
           *           },
           *           "channel": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "channelState": "CREATED",
           *             "name": "My app"
           *           },
           *           "creatorType": "USER",
           *           "creatorId": 1,
           *           "title": "Friday show",
           *           "description": "Songs and questions",
           *           "customType": "text",
           *           "customData": {
           *             "color": "red"
           *           },
           *           "policy": {
           *             "hasPassword": false,
           *             "manuallyApproval": false,
           *             "canAutoRoomCompositeRecording": false
           *           },
           *           "reconnectWindow": 1,
           *           "scheduledAt": "2026-11-21T12:00:00.000Z",
           *           "cancelledAt": "2026-11-21T12:00:00.000Z",
           *           "lastSessionNo": 1,
           *           "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *           "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *           "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *           "streamKey": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "streamKeyState": "INACTIVE"
           *           },
           *           "playUrl": "text",
           *           "cmafHlsPlayUrl": "text",
           *           "cmafDashPlayUrl": "text",
           *           "rtmpPlayUrl": "text",
           *           "httpFlvPlayUrl": "text",
           *           "liveUrl": "text",
           *           "videoPostId": 1,
           *           "videoPost": {
           *             "id": 1,
           *             "state": "ACTIVE",
           *             "videoPostState": "text",
           *             "type": "BROADCAST_RTMP",
           *             "title": "Friday show"
           *           },
           *           "chat": {
           *             "videoKey": "text",
           *             "channelKey": "text",
           *             "createdAt": "2026-11-21T12:00:00.000Z",
           *             "closedAt": "2026-11-21T12:00:00.000Z",
           *             "created": false,
           *             "closed": false
           *           },
           *           "stats": {
           *             "totalMemberWhitelistCount": 1
           *           },
           *           "createdAt": "2026-11-21T12:00:00.000Z",
           *           "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *           "createdBy": null,
           *           "lastModifiedBy": null
           *         }
           *       ],
           *       "totalPages": 1,
           *       "totalElements": 1,
           *       "numberOfElements": 1,
           *       "number": 1,
           *       "size": 1,
           *       "first": false,
           *       "last": false,
           *       "empty": false,
           *       "pageable": {
           *         "offset": 1,
           *         "pageNumber": 1,
           *         "pageSize": 1,
           *         "paged": false,
           *         "unpaged": false,
           *         "sort": {
           *           "empty": false,
           *           "sorted": false,
           *           "unsorted": false
           *         }
           *       },
           *       "sort": {
           *         "empty": false,
           *         "sorted": false,
           *         "unsorted": false
           *       }
           *     }
           */
          'application/json': {
            content: components['schemas']['MemberVideoRoom'][];
            totalPages: number;
            totalElements: number;
            numberOfElements: number;
            number: number;
            size: number;
            first: boolean;
            last: boolean;
            empty: boolean;
            pageable: {
              offset: number;
              pageNumber: number;
              pageSize: number;
              paged: boolean;
              unpaged: boolean;
              sort: {
                empty: boolean;
                sorted: boolean;
                unsorted: boolean;
              };
            };
            sort: {
              empty: boolean;
              sorted: boolean;
              unsorted: boolean;
            };
          };
        };
      };
      /** @description - `INVALID_REQUEST`: A field of the request has a value that is not taken. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INVALID_REQUEST",
           *       "errorMessage": "A field of the request has a value that is not taken."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INVALID_REQUEST';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /** @description - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin). */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "ORIGIN_NOT_ALLOWED",
           *       "errorMessage": "This app takes no requests from that web page (Origin)."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `MEMBER_NOT_FOUND`: There is no such member in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_NOT_FOUND",
           *       "errorMessage": "There is no such member in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_createVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "type": "BROADCAST_RTMP",
         *       "scheduledAt": "2026-11-21T12:00:00Z",
         *       "title": "My first show"
         *     }
         */
        'application/json': {
          /** @enum {string} */
          type:
            | 'BROADCAST_RTMP'
            | 'VIDEO_CONFERENCE'
            | 'WEBINAR'
            | 'VIDEO_SURVEILLANCE'
            | 'BROADCAST_WEBRTC'
            | 'SURVEILLANCE'
            | 'INTERACTIVE_MEETING';
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_VIDEO_ROOM_TYPE`: type is required, for example BROADCAST_RTMP.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY`: In this app members can not create video rooms themselves.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_VIDEO_ROOM_TYPE",
           *       "errorMessage": "type is required, for example BROADCAST_RTMP."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'EMPTY_VIDEO_ROOM_TYPE'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'MEMBER_SELF_CREATE_VIDEO_ROOM_NOT_AVAILABLE_DUE_TO_APP_POLICY'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY'
              | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_getVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_deleteVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_IS_LIVE`: The video room is live. End its broadcast first.
       *     - `VIDEO_ROOM_IS_ARCHIVING`: The recording of the video room is being archived. Wait until that is done.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_IS_LIVE",
           *       "errorMessage": "The video room is live. End its broadcast first."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_IS_LIVE' | 'VIDEO_ROOM_IS_ARCHIVING' | 'REQUEST_LOCKED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_updateVideoRoom: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "title": "A better title",
         *       "accessLevel": "MEMBER"
         *     }
         */
        'application/json': {
          title?: string | null;
          description?: string | null;
          /**
           * @description Who may watch. PUBLIC where nothing is said.
           * @example PUBLIC
           * @enum {string|null}
           */
          accessLevel?: 'PUBLIC' | 'APP' | 'MEMBER' | 'FOLLOWER' | 'FRIEND' | 'RESTRICTED' | 'PRIVATE' | null;
          customType?: string | null;
          customData?: {
            [key: string]: string;
          } | null;
          /**
           * @description Seconds a lost encoder may be away before the room ends by itself; null takes the setting of the app.
           * @example 60
           */
          reconnectWindow?: number | null;
          /**
           * @description Asked of members who join the channel. Never shown again; null or an empty text removes it.
           * @example open sesame
           */
          password?: string | null;
          /**
           * @description Stored and shown in `policy`: participants wait until they are approved.
           * @example false
           */
          manuallyApproval?: boolean | null;
          /**
           * @description Stored and shown in `policy`: the whole room is recorded by itself.
           * @example false
           */
          canAutoRoomCompositeRecording?: boolean | null;
          /**
           * Format: date-time
           * @description ISO 8601, UTC where no offset is given. Required for BROADCAST_RTMP.
           * @example 2026-11-21T12:00:00Z
           */
          scheduledAt?: string | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `EMPTY_VIDEO_ROOM_SCHEDULED_AT`: scheduledAt is required, an ISO 8601 time.
       *     - `INVALID_REQUEST`: A field of the request has a value that is not taken.
       *     - `INVALID_HTTP_MESSAGE_BODY`: The body is not a JSON object. Send one, or none.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_STATE_NOT_SCHEDULED",
           *       "errorMessage": "The video room is not SCHEDULED any more."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'EMPTY_VIDEO_ROOM_SCHEDULED_AT'
              | 'INVALID_REQUEST'
              | 'INVALID_HTTP_MESSAGE_BODY';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `PAYLOAD_TOO_LARGE`: The body is too large. */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "PAYLOAD_TOO_LARGE",
           *       "errorMessage": "The body is too large."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'PAYLOAD_TOO_LARGE';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_getVideoRoomByUuid: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The video room's `uuid`. */
        uuid: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `VIDEO_ROOM_ACCESS_DENIED`: The access level of this video room forbids it.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_ACCESS_DENIED",
           *       "errorMessage": "The access level of this video room forbids it."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_ACCESS_DENIED' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /** @description - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again. */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "INTERNAL_SERVER_ERROR",
           *       "errorMessage": "Something broke on our side. It was logged; try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_startVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       *     - `STREAM_KEY_STATE_NOT_ACTIVE`: The stream key is not ACTIVE. Publish, wait until it is ACTIVE, then go live.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'REQUEST_LOCKED'
              | 'VIDEO_ROOM_STATE_NOT_SCHEDULED'
              | 'STREAM_KEY_STATE_NOT_ACTIVE';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEDIA_SERVICE_INTERNAL_SERVER_ERROR`: The media service failed to carry out the command.
       *     - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again.
       */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEDIA_SERVICE_INTERNAL_SERVER_ERROR",
           *       "errorMessage": "The media service failed to carry out the command."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEDIA_SERVICE_INTERNAL_SERVER_ERROR' | 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_endVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE`: The video room is not LIVE_INACTIVE. Stop the encoder first, or force the end.
       *     - `STREAM_KEY_STATE_NOT_INACTIVE_LIVE`: The encoder is still connected. Stop it first, or force the end.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              | 'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP'
              | 'REQUEST_LOCKED'
              | 'VIDEO_ROOM_STATE_NOT_LIVE_INACTIVE'
              | 'STREAM_KEY_STATE_NOT_INACTIVE_LIVE';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEDIA_SERVICE_INTERNAL_SERVER_ERROR`: The media service failed to carry out the command.
       *     - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again.
       */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEDIA_SERVICE_INTERNAL_SERVER_ERROR",
           *       "errorMessage": "The media service failed to carry out the command."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEDIA_SERVICE_INTERNAL_SERVER_ERROR' | 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
  MembersApiVideoRoomsController_cancelVideoRoom: {
    parameters: {
      query?: never;
      header?: {
        /** @description Up to 255 visible characters of your choice. The same key with the same body gets the same answer for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @description Its id, as it was answered. */
        videoRoomId: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": 1,
           *       "state": "ACTIVE",
           *       "uuid": "6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11",
           *       "type": "BROADCAST_RTMP",
           *       "protocol": "RTMP",
           *       "videoRoomState": "SCHEDULED",
           *       "forciblyTerminated": false,
           *       "vodState": "NOT_ARCHIVED",
           *       "vodUrl": "text",
           *       "accessLevel": "PUBLIC",
           *       "format": "UNDEFINED",
           *       "app": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "name": "My app"
           *       },
           *       "member": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "appUserId": "alice",
           *         "appUserName": "Alice",
           *         "appUserProfileImgUrl": "https://example.com/alice.png",
           *         "customType": "text"
           *       },
           *       "channel": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "channelState": "CREATED",
           *         "name": "My app"
           *       },
           *       "creatorType": "USER",
           *       "creatorId": 1,
           *       "title": "Friday show",
           *       "description": "Songs and questions",
           *       "customType": "text",
           *       "customData": {
           *         "color": "red"
           *       },
           *       "policy": {
           *         "hasPassword": false,
           *         "manuallyApproval": false,
           *         "canAutoRoomCompositeRecording": false
           *       },
           *       "reconnectWindow": 1,
           *       "scheduledAt": "2026-11-21T12:00:00.000Z",
           *       "cancelledAt": "2026-11-21T12:00:00.000Z",
           *       "lastSessionNo": 1,
           *       "liveStartedAt": "2026-11-21T12:00:00.000Z",
           *       "liveEndedAt": "2026-11-21T12:00:00.000Z",
           *       "vodArchivedAt": "2026-11-21T12:00:00.000Z",
           *       "streamKey": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "streamKeyState": "INACTIVE"
           *       },
           *       "playUrl": "text",
           *       "cmafHlsPlayUrl": "text",
           *       "cmafDashPlayUrl": "text",
           *       "rtmpPlayUrl": "text",
           *       "httpFlvPlayUrl": "text",
           *       "liveUrl": "text",
           *       "videoPostId": 1,
           *       "videoPost": {
           *         "id": 1,
           *         "state": "ACTIVE",
           *         "videoPostState": "text",
           *         "type": "BROADCAST_RTMP",
           *         "title": "Friday show"
           *       },
           *       "chat": {
           *         "videoKey": "text",
           *         "channelKey": "text",
           *         "createdAt": "2026-11-21T12:00:00.000Z",
           *         "closedAt": "2026-11-21T12:00:00.000Z",
           *         "created": false,
           *         "closed": false
           *       },
           *       "stats": {
           *         "totalMemberWhitelistCount": 1
           *       },
           *       "createdAt": "2026-11-21T12:00:00.000Z",
           *       "lastModifiedAt": "2026-11-21T12:00:00.000Z",
           *       "createdBy": null,
           *       "lastModifiedBy": null
           *     }
           */
          'application/json': components['schemas']['MemberVideoRoom'];
        };
      };
      /**
       * @description - `VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP`: Only rooms of type BROADCAST_RTMP can do this.
       *     - `REQUEST_LOCKED`: Another command of this video room is still being carried out.
       *     - `VIDEO_ROOM_STATE_NOT_SCHEDULED`: The video room is not SCHEDULED any more.
       */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP",
           *       "errorMessage": "Only rooms of type BROADCAST_RTMP can do this."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode:
              'VIDEO_ROOM_TYPE_NOT_BROADCAST_RTMP' | 'REQUEST_LOCKED' | 'VIDEO_ROOM_STATE_NOT_SCHEDULED';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `EMPTY_ACCESS_TOKEN`: Send the member's access token as a Bearer token.
       *     - `INVALID_ACCESS_TOKEN`: The access token is not valid, or was taken back. Log the member in again.
       *     - `EXPIRED_ACCESS_TOKEN`: The access token has expired. Refresh it, or log the member in again.
       */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "EMPTY_ACCESS_TOKEN",
           *       "errorMessage": "Send the member's access token as a Bearer token."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'EMPTY_ACCESS_TOKEN' | 'INVALID_ACCESS_TOKEN' | 'EXPIRED_ACCESS_TOKEN';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEMBER_IS_GUEST`: A guest has no stream key and no video room. Log in as a member.
       *     - `ORIGIN_NOT_ALLOWED`: This app takes no requests from that web page (Origin).
       */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEMBER_IS_GUEST",
           *       "errorMessage": "A guest has no stream key and no video room. Log in as a member."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEMBER_IS_GUEST' | 'ORIGIN_NOT_ALLOWED';
            errorMessage: string;
          };
        };
      };
      /** @description - `VIDEO_ROOM_NOT_FOUND`: There is no such video room in this app. */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "VIDEO_ROOM_NOT_FOUND",
           *       "errorMessage": "There is no such video room in this app."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'VIDEO_ROOM_NOT_FOUND';
            errorMessage: string;
          };
        };
      };
      /** @description - `IDEMPOTENCY_KEY_REUSED`: This Idempotency-Key was used with another body. Use a new one. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "IDEMPOTENCY_KEY_REUSED",
           *       "errorMessage": "This Idempotency-Key was used with another body. Use a new one."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'IDEMPOTENCY_KEY_REUSED';
            errorMessage: string;
          };
        };
      };
      /** @description - `TOO_MANY_REQUESTS`: Too many requests. Wait as long as Retry-After says. */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "TOO_MANY_REQUESTS",
           *       "errorMessage": "Too many requests. Wait as long as Retry-After says."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'TOO_MANY_REQUESTS';
            errorMessage: string;
          };
        };
      };
      /**
       * @description - `MEDIA_SERVICE_INTERNAL_SERVER_ERROR`: The media service failed to carry out the command.
       *     - `INTERNAL_SERVER_ERROR`: Something broke on our side. It was logged; try again.
       */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "MEDIA_SERVICE_INTERNAL_SERVER_ERROR",
           *       "errorMessage": "The media service failed to carry out the command."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'MEDIA_SERVICE_INTERNAL_SERVER_ERROR' | 'INTERNAL_SERVER_ERROR';
            errorMessage: string;
          };
        };
      };
      /** @description - `DATABASE_UNAVAILABLE`: The database can not be reached. Try again. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "errorCode": "DATABASE_UNAVAILABLE",
           *       "errorMessage": "The database can not be reached. Try again."
           *     }
           */
          'application/json': {
            /** @enum {string} */
            errorCode: 'DATABASE_UNAVAILABLE';
            errorMessage: string;
          };
        };
      };
    };
  };
}
